"""Value objects: clips, predictions, run-length masks, the JSON document, the palette, and times as text."""
