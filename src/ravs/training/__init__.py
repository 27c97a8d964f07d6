"""Training from a recipe on transformers' Trainer: the audio encoder as a tagger, or the whole model."""

from ravs.training.run import train

__all__ = ["train"]
