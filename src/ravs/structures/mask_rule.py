"""The mask rule: a pixel sounds where 1 - P(background) exceeds a threshold; its class is the most probable other one.

Functions take NumPy arrays and torch tensors alike, and import neither.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class MaskRule:
    """The rule under a user's settings: which classes a pixel may get, which are shown, and what else is left out."""

    names: tuple[str, ...]  # of all indices in a mask, background first
    allowed: tuple[int, ...]  # classes that a pixel may get
    threshold: float = 0.5
    max_uncertainty: float | None = None  # pixels above become background
    filtered: tuple[int, ...] | None = None  # indices that are shown, the others are as if silent; None: all
    min_area: float = 0.0  # of an object and of each of its sounding surroundings, as a share of the image

    @property
    def shown(self) -> tuple[int, ...]:
        """Indices that objects may have."""
        return tuple(range(1, len(self.names))) if self.filtered is None else self.filtered

    def is_sounding(self, sounding: Any, uncertainty: Any) -> Any:
        """Whether each pixel sounds, from 1 - P(background) and uncertainty of one shape."""
        marked = sounding > self.threshold
        return marked if self.max_uncertainty is None else marked & (uncertainty <= self.max_uncertainty)


def label_map(probabilities: Any, threshold: float = 0.5, *, axis: int = 0) -> Any:
    """Class index of each pixel, 0 where nothing sounds; classes lie along `axis`, background first."""
    background = probabilities[(slice(None),) * axis + (0,)]
    return most_probable_sound(probabilities, axis=axis) * is_sounding(background, threshold)


def is_sounding(background: Any, threshold: float = 0.5) -> Any:
    """Whether each pixel sounds, from P(background)."""
    return 1 - background > threshold


def most_probable_sound(probabilities: Any, *, axis: int = 0) -> Any:
    """Index of each pixel's most probable class but background, the first one where two are equal."""
    return probabilities[(slice(None),) * axis + (slice(1, None),)].argmax(axis) + 1
