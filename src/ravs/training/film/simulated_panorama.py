"""The panorama of sources at known places, as the audio encoder would give it: drawn, not heard."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32

RESOLVED = (0.14, 0.86)  # places beyond are heard there
WIDTH = (0.015, 0.06)  # standard deviation of a source, of the frame's width
STRENGTH = (0.4, 1.0)
CENTER_SHARE = (0.0, 0.45)  # of what is heard in the middle and everywhere: ambient audio and reverberation
CENTER_WIDTH = 0.12

Panorama = Float32[np.ndarray, " directions"]


def bump(places: np.ndarray, x: float, width: float) -> np.ndarray:
    """A Gaussian around x at these places, of sum 1."""
    heights = np.exp(-(((places - x) / width) ** 2) / 2)
    return np.asarray(heights / heights.sum())


def draw_panorama(xs: Sequence[float], directions: int, generator: np.random.Generator) -> Panorama:
    """Shares by direction, from left to right, of sources at x from 0 to 1; without any, of ambient audio alone."""
    places = (np.arange(directions) + 0.5) / directions
    ambient = (bump(places, 0.5, CENTER_WIDTH) + 1 / directions) / 2
    if not xs:
        return ambient.astype(np.float32)
    sources = np.zeros(directions)
    for x in xs:
        width, strength = generator.uniform(*WIDTH), generator.uniform(*STRENGTH)
        sources += strength * bump(places, float(np.clip(x, *RESOLVED)), width)
    share = generator.uniform(*CENTER_SHARE)
    return np.asarray((1 - share) * sources / sources.sum() + share * ambient, np.float32)
