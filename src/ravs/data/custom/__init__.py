"""A data set of your own: videos and masks, written in the format of AVSBench-semantic."""
