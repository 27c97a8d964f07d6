"""The data sets of the field as they lie on a disk: found by their files, read into labelled clips, checked, drawn."""
