"""Counts the paper's two hard cases in a data set (its figure 1b): silent look-alikes and changes of sound."""
