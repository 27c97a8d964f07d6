"""A data set of one's own: videos and masks become a set in the form of AVSBench-semantic, ready to be trained on."""
