"""Data sets on disk, and clips composed from a library of cut-outs, sounds and backgrounds."""
