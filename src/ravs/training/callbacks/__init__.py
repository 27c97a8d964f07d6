"""Callbacks of transformers' Trainer: logs, the console, read errors, validation images."""
