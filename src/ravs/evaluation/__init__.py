"""Evaluates a model on a data set, video by video: results depend on no batch, worker or interruption."""
