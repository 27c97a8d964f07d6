"""Clips composed from the library: scenes, placement, audio mix, rendering, and the composed benchmark."""
