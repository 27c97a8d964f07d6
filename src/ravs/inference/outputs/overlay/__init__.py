"""Paint a Prediction on the frames of its source, and write them beside their sound."""

from ravs.inference.outputs.overlay.video import write_overlay

__all__ = ["write_overlay"]
