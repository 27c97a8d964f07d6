"""Writes what sounds for editors: with a transparent ground, or as a grey matte beside the source."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Unpack

import numpy as np
from jaxtyping import UInt8

from ravs.config.alpha_codec import alpha_codec
from ravs.inference.outputs.sounding_alpha import sounding_alpha
from ravs.inference.outputs.source_part import SourceChoices, SourcePart
from ravs.media import PRORES_4444, VP9_ALPHA, VideoFormat, YuvPlanes, h264, write_planes
from ravs.structures.prediction import FramePrediction, Prediction

FORMATS = {"prores": PRORES_4444, "vp9": VP9_ALPHA}
BLACK, WHITE, NO_COLOR = 16, 235, 128  # of limited range

Alpha = UInt8[np.ndarray, "height width"]


def write_alpha(
    source: Path | str,
    prediction: Prediction,
    out: Path | str,
    **choices: Unpack[SourceChoices],
) -> None:
    """Write the source with all that does not sound transparent: ProRes 4444 (.mov) or VP9 (.webm).

    Alpha is straight: colors are the source's, also where they are transparent. Frame times, size (sides that are odd
    grow by one), length and audio are the source's; a webm rounds times to milliseconds.

    Args:
        source: the file that was segmented.
        prediction: its masks.
        out: the file to write, whose suffix chooses the codec.
        choices: what else is known of the source: sound, sound_track, start_s, end_s, progress; see `SourceChoices`.

    Raises:
        InputError: a suffix that cannot carry transparency.
        DecodeError: from the source or its audio; `out` is unusable then.
    """
    part = SourcePart.of(source, **choices)
    _write(part, prediction, Path(out), FORMATS[alpha_codec(Path(out))], with_alpha)


def write_matte(
    source: Path | str,
    prediction: Prediction,
    out: Path | str,
    **choices: Unpack[SourceChoices],
) -> None:
    """Write what sounds as a matte (H.264, mp4): white where something sounds, black where not, gray along the edges.

    Arguments as those of write_alpha, but `out` may have any suffix.

    Raises:
        DecodeError: from the source or its audio; `out` is unusable then.
    """
    part = SourcePart.of(source, **choices)
    _write(part, prediction, Path(out), h264(), as_matte)


def with_alpha(planes: YuvPlanes, alpha: Alpha) -> YuvPlanes:
    """A frame with its alpha plane."""
    return planes._replace(alpha=alpha)


def as_matte(planes: YuvPlanes, alpha: Alpha) -> YuvPlanes:
    """A gray frame of the size of another, as light as this alpha is opaque."""
    luma = (BLACK + alpha.astype(np.uint16) * (WHITE - BLACK) // 255).astype(np.uint8)
    colorless = np.full_like(planes.u, NO_COLOR)
    return YuvPlanes(luma, colorless, colorless, planes.is_hd)


def _write(
    part: SourcePart,
    prediction: Prediction,
    out: Path,
    target: VideoFormat,
    combine: Callable[[YuvPlanes, Alpha], YuvPlanes],
) -> None:
    write_planes(
        out,
        _frames(part, prediction, combine),
        time_base=part.info.time_base,
        target=target,
        sound=part.audio,
        sound_part_s=part.sound_part_s,
        sound_track=part.sound_track,
    )


def _frames(
    part: SourcePart, prediction: Prediction, combine: Callable[[YuvPlanes, Alpha], YuvPlanes]
) -> Iterator[tuple[YuvPlanes, Fraction, Fraction]]:
    """Each frame with the alpha of its mask, which is computed once."""
    drawn: FramePrediction | None = None
    alpha: Alpha | None = None
    for shown in part.frames(prediction):
        planes = shown.frame.planes()
        height, width = planes.y.shape
        if alpha is None or shown.mask is not drawn:
            drawn = shown.mask
            alpha = np.zeros((height, width), np.uint8) if drawn is None else sounding_alpha(drawn, (width, height))
        yield combine(planes, alpha), shown.start_s, shown.end_s
