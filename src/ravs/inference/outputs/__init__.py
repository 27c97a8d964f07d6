"""One file for each format that a prediction is written in."""
