"""Figures of what a model computes for a video: groups, response, uncertainty; models beside ground truth; charts."""

from ravs.visualization.visualize import FigureFiles, visualize

__all__ = ["FigureFiles", "visualize"]
