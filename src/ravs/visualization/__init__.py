"""What the method sees inside a video, as figures: groups, response, uncertainty; and models beside the truth."""

from ravs.visualization.visualize import Drawn, visualize

__all__ = ["Drawn", "visualize"]
