"""Trains class matching on frames and seconds that look and sound like film: steps that resume, one file each."""
