"""Augmentation of labelled clips: image, mask and audio together."""
