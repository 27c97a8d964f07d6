"""What the method sees inside a video, as figures: groups of each stage, their response, uncertainty."""

from ravs.visualization.drawing import Drawn, visualize

__all__ = ["Drawn", "visualize"]
