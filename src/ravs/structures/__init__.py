"""Value objects: clips, predictions, run-length masks, and the color of each class."""
