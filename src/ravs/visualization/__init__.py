"""What the method sees inside a video, as figures: groups, response, uncertainty; and models beside the truth."""

from ravs.visualization.visualize import FigureFiles, visualize

__all__ = ["FigureFiles", "visualize"]
