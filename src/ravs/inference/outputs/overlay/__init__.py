"""Draw a Prediction on the frames of its source, and write them as a video with its audio."""

from ravs.inference.outputs.overlay.video import write_overlay

__all__ = ["write_overlay"]
