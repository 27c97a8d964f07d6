"""The timeline strip: the waveform, which class sounds when, and a cursor at the current time."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from ravs.inference.outputs.overlay.class_rows import class_rows, longest_sounding
from ravs.inference.outputs.overlay.draw_strip import SCALE_NAME, StripContent, draw_band, draw_clock, draw_cursor
from ravs.inference.outputs.overlay.envelope import envelope
from ravs.inference.outputs.overlay.layer import Layer
from ravs.inference.outputs.overlay.layout import StripLayout
from ravs.inference.outputs.source_part import SourcePart
from ravs.media import YuvPlanes
from ravs.structures.clock import format_clock_tenths
from ravs.structures.prediction import Prediction

MAX_ROWS = {"over": 4, "below": 8}  # of classes: more would hide too much of the frame, or dwarf it
BAND_ALPHA = {"over": 184, "below": 255}  # of 255
UNPLAYED_BRIGHTNESS = 0.42  # of the part to the right of the cursor


class Strip:
    """Drawn twice, bright up to the cursor and dim after it."""

    def __init__(self, layout: StripLayout, is_hd: bool, content: StripContent, place: str) -> None:
        """A strip of this layout for frames of this color matrix, below them or over their lower edge."""
        self.layout, self.content, self.place = layout, content, place
        self._is_hd = is_hd
        self._played = self._layer(draw_band(layout, content, 1.0, BAND_ALPHA[place]))
        self._unplayed = self._layer(draw_band(layout, content, UNPLAYED_BRIGHTNESS, BAND_ALPHA[place]))
        self._cursor = self._layer(draw_cursor(layout))
        self._cursor_reach = self._cursor.keep[0].shape[1] // 4 * 2
        self._clock: tuple[str, Layer | None] = ("", None)

    @classmethod
    def fit(
        cls, first: YuvPlanes, place: str, prediction: Prediction, part: SourcePart, scale: float | None = None
    ) -> "Strip | None":
        """A strip with as many rows as fit on frames like the first one; None if no strip fits.

        Args:
            first: a frame.
            place: `below` the frames or `over` them.
            prediction: what sounds when.
            part: the source, for its audio and its time.
            scale: the top of the uncertainty's color scale, which is shown as the last row; None: not shown.
        """
        height, width = first.y.shape
        extra = [] if scale is None else [SCALE_NAME]
        rows = longest_sounding(class_rows(prediction, part.span_s), MAX_ROWS[place])
        layout = StripLayout.of(width, height, [*(row.text for row in rows), *extra], place)
        if layout is not None and layout.rows < len(rows) + len(extra):
            rows = longest_sounding(rows, max(layout.rows - len(extra), 0))
            extra = extra[: layout.rows]
            layout = StripLayout.of(width, height, [*(row.text for row in rows), *extra], place)
        if layout is None:
            return None
        peaks = envelope(part, layout.right - layout.left)
        return cls(layout, first.is_hd, StripContent(part.span_s, rows, peaks, scale if extra else None), place)

    @property
    def classes(self) -> frozenset[str]:
        """Classes that have a row with their name."""
        return frozenset(row.name for row in self.content.rows) if self.layout.has_labels else frozenset()

    @property
    def floor(self) -> int:
        """The row of the frame above which nothing is covered."""
        return self.layout.top

    def draw(self, planes: YuvPlanes, time_s: Fraction) -> YuvPlanes:
        """A frame that is shown at this time, with the strip; over it, it is drawn on the planes themselves."""
        if self.place == "below":
            planes = extend(planes, self.layout.height)
        at = self.layout.column(time_s, self.content.span_s) // 2 * 2
        self._played.blend(planes, 0, at)
        self._unplayed.blend(planes, at)
        replace(self._cursor, left=at - self._cursor_reach).blend(planes)
        text = format_clock_tenths(time_s).rpartition(".")[0]
        if text != self._clock[0] and self.layout.has_labels:
            self._clock = (text, self._layer(draw_clock(self.layout, text)))
        if self._clock[1] is not None:
            self._clock[1].blend(planes)
        return planes

    def _layer(self, image: Image.Image) -> Layer:
        layer = Layer.of(image, self._is_hd, top=self.layout.top)
        assert layer is not None  # a band is never empty
        return layer


def extend(planes: YuvPlanes, rows: int) -> YuvPlanes:
    """A frame with so many rows (even) more, at its bottom."""
    y, u, v = (taller(plane, rows // step) for plane, step in zip(planes[:3], (1, 2, 2), strict=True))
    return YuvPlanes(y, u, v, planes.is_hd)


def taller(plane: UInt8[np.ndarray, "rows columns"], rows: int) -> UInt8[np.ndarray, "more_rows columns"]:
    """A plane with so many rows of zeros more."""
    return np.concatenate([plane, np.zeros((rows, plane.shape[1]), np.uint8)])
