"""Writes the overlay: every frame of a source with the mask of the second it is shown in, and the source's audio."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Unpack

from ravs.config.overlay_style import OverlayStyle
from ravs.inference.outputs.overlay.draw_names import name_layers
from ravs.inference.outputs.overlay.effects import Draw, draw_effect
from ravs.inference.outputs.overlay.layer import Layer
from ravs.inference.outputs.overlay.strip import Strip
from ravs.inference.outputs.overlay.uncertainty_map import uncertainty_scale
from ravs.inference.outputs.source_part import SourceChoices, SourcePart
from ravs.media import YuvPlanes, write_planes
from ravs.structures.prediction import FramePrediction, Prediction


def write_overlay(
    source: Path | str,
    prediction: Prediction,
    out: Path | str,
    *,
    style: OverlayStyle | None = None,
    **choices: Unpack[SourceChoices],
) -> None:
    """Write a video (mp4) of the source with its sounding objects marked; frame times, length and audio stay.

    With the strip below, frames are higher by the strip. A frame that is shown for longer than one mask is repeated
    where the next mask marks something else.

    Args:
        source: the file that was segmented.
        prediction: its masks.
        out: the file to write, whatever its suffix.
        style: how it looks; default: tinted objects with their names, the timeline strip below the frame.
        choices: what else is known of the source: sound, sound_track, start_s, end_s, progress; see `SourceChoices`.

    Raises:
        DecodeError: from the source or its audio; `out` is unusable then.
        InputError: the effect `uncertainty`, and the prediction has no uncertainty maps.
    """
    part = SourcePart.of(source, **choices)
    painter = OverlayPainter(prediction, part, style or OverlayStyle())
    write_planes(
        out,
        painter.draw_frames(),
        time_base=part.info.time_base,
        sound=part.audio,
        sound_part_s=part.sound_part_s,
        sound_track=part.sound_track,
    )


class OverlayPainter:
    """Draws effect, names and strip on frames; what belongs to a mask is drawn once, the strip once."""

    def __init__(self, prediction: Prediction, part: SourcePart, style: OverlayStyle) -> None:
        """For one part of a source."""
        self._prediction, self._part, self._style = prediction, part, style
        self._scale = uncertainty_scale(prediction) if style.effect == "uncertainty" else None
        self._strip: Strip | None = None
        self._mask: FramePrediction | None = None  # the last one that was drawn, and what was drawn of it
        self._effect: Draw | None = None
        self._names: list[Layer] = []

    def draw_frames(self) -> Iterator[tuple[YuvPlanes, Fraction, Fraction]]:
        """Each frame with its mask and strip, and the times at which it is shown on the overlay's clock."""
        begin_s, style = self._part.span_s[0], self._style
        for index, shown in enumerate(self._part.frames(self._prediction)):
            planes = shown.frame.planes()
            if index == 0 and style.strip != "off":
                self._strip = Strip.fit(planes, style.strip, self._prediction, self._part, self._scale)
            if shown.mask is not None:
                self._draw_mask(planes, shown.mask)
            if self._strip is not None:
                planes = self._strip.draw(planes, begin_s + shown.start_s)
            yield planes, shown.start_s, shown.end_s

    def _draw_mask(self, planes: YuvPlanes, mask: FramePrediction) -> None:
        if mask is not self._mask:
            size = (planes.y.shape[1], planes.y.shape[0])
            self._mask, self._effect = mask, draw_effect(self._style, mask, size, planes.is_hd, self._scale)
            floor, classes = (
                (size[1], frozenset[str]()) if self._strip is None else (self._strip.floor, self._strip.classes)
            )
            self._names = name_layers(mask, size, planes.is_hd, floor, classes) if self._style.labels else []
        if self._effect is not None:
            self._effect(planes)
        for name in self._names:
            name.blend(planes)
