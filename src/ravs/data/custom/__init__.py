"""A data set of your own: videos and masks become a set in the form of AVSBench-semantic, ready for training."""
