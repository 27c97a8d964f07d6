"""Thousands of videos on Ray Data: listed and kept at any fsspec address, each segmented as `ravs segment` does."""
