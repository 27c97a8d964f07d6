"""The folder of a run: its files, checkpoints, results and locks."""
