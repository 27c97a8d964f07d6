"""A model on a data set, video by video: figures that no batch, worker or interruption can move."""
