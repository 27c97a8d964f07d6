"""Scores masks of any tool against ground truth, file by file: no model, no torch."""
