"""Value objects: clips, predictions, run-length masks, the mask rule, palette, JSON document, times as text."""
