"""Training from a recipe with transformers' Trainer: the audio encoder as a tagger, or the complete model."""

from ravs.training.run import train

__all__ = ["train"]
