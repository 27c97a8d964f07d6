"""Layers that several modules share: attention, position encoding, sums over processes."""
