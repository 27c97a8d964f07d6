"""The data sets of the field, on disk: found by their files, read into labelled clips, and checked."""
