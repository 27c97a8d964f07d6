"""The trainer: transformers' Trainer with our optimizer, checkpoints, EMA and batch sampler."""
