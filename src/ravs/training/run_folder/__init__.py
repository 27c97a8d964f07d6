"""The folder of a run: its file names, checkpoints, records, metrics and locks."""
