"""Draws on every frame of a source the mask of the second it is shown in, and writes the video with its audio."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from ravs.inference.outputs.overlay.draw_masks import draw_masks
from ravs.inference.outputs.overlay.layer import Layer
from ravs.inference.outputs.overlay.strip import Span, Strip, class_rows
from ravs.media import DisplayedFrame, MediaInfo, YuvPlanes, probe, shown_frames, write_planes
from ravs.structures.prediction import Prediction

TIME_TOLERANCE_S = 1e-6  # two times that differ by less are one, since predictions keep floats
END_TOLERANCE_S = Fraction(1, 20)  # audio that ends so little after the video is not cut


def write_overlay(
    source: Path | str,
    prediction: Prediction,
    out: Path | str,
    *,
    sound: Path | str | None = None,
    sound_track: int | None = None,
    start_s: int | float | Fraction | None = None,
    end_s: int | float | Fraction | None = None,
) -> None:
    """Write a video (mp4) of the source with its sounding objects marked; frame times, size, length and audio stay.

    A frame that is shown for longer than one mask is repeated where the next mask marks something else.

    Args:
        source: the file that was segmented.
        prediction: its masks.
        out: the file to write, whatever its suffix.
        sound: the file whose audio replaced the source's own.
        sound_track: number of the audio track, if one was chosen.
        start_s, end_s: the part that was segmented, on the source's clock; the overlay's clock starts with it.

    Raises:
        DecodeError: from the source or its audio; `out` is unusable then.
    """
    source, audio = Path(source), None if sound is None else Path(sound)
    info = probe(source, audio, sound_track)
    if audio is None and info.audio is not None:
        audio = source
    span_s = shown_span(info, start_s, end_s)
    is_part = start_s is not None or end_s is not None
    painter = OverlayPainter(prediction, info, audio, span_s)
    begin_s, stop_s = span_s if is_part else (None, None)
    frames = shown_frames(source, audio, begin_s, stop_s, sound_track)
    write_planes(
        out,
        painter.draw_frames(frames, is_part),
        time_base=info.time_base,
        sound=audio,
        sound_part_s=span_s if audio is not None and (is_part or outlasts(info, audio, source)) else None,
        sound_track=sound_track,
    )


def shown_span(info: MediaInfo, start_s: int | float | Fraction | None, end_s: int | float | Fraction | None) -> Span:
    """Start and end of what the overlay shows. A start between two time stamps is moved to the earlier one."""
    first_s = Fraction(0) if start_s is None else Fraction(start_s) // info.time_base * info.time_base
    last_s = info.start_s + info.duration_s
    return first_s, last_s if end_s is None else min(last_s, Fraction(end_s))


def outlasts(info: MediaInfo, audio: Path, source: Path) -> bool:
    """Whether audio of another file outlasts the video, and must be cut."""
    if audio == source or info.is_still:
        return False
    sound = info.audio
    return sound is not None and sound.start_s + sound.duration_s > info.start_s + info.duration_s + END_TOLERANCE_S


class OverlayPainter:
    """Draws masks and the timeline strip on frames; each mask is rendered once, the strip once."""

    def __init__(self, prediction: Prediction, info: MediaInfo, audio: Path | None, span_s: Span) -> None:
        """For a span of time of one source."""
        self._masks = prediction.frames
        self._index = 0
        self._mask_layer: Layer | None = None
        self._drawn_index = -1
        self._span_s, self._time_base = span_s, info.time_base
        self._prediction, self._audio = prediction, audio
        self._sound_track = None if info.audio is None else info.audio.track
        self._strip: Strip | None = None
        self._floor: int | None = None  # row where the strip begins, or the frame ends; None before the first frame

    def draw_frames(
        self, frames: Iterator[DisplayedFrame], is_part: bool
    ) -> Iterator[tuple[YuvPlanes, Fraction, Fraction]]:
        """Each frame with its mask and strip, and the times at which it is shown on the overlay's clock."""
        first_s, last_s = self._span_s
        for frame in frames:
            while (
                self._index < len(self._masks) - 1 and self._masks[self._index].time_s < frame.time_s - TIME_TOLERANCE_S
            ):
                self._index += 1
            start_s: Fraction | None = max(frame.time_s, first_s)
            stop_s = min(frame.end_s, last_s) if is_part else frame.end_s
            while start_s is not None:
                planes = frame.planes()
                self.draw(planes, start_s)
                next_s = self._advance_within(frame, start_s, stop_s)
                yield planes, start_s - first_s, (stop_s if next_s is None else next_s) - first_s
                start_s = next_s

    def _advance_within(self, frame: DisplayedFrame, start_s: Fraction, stop_s: Fraction) -> Fraction | None:
        """Advances to the next mask if it replaces the current one while a frame is shown; that time, or None."""
        for index in range(self._index + 1, len(self._masks)):
            before, mask = self._masks[index - 1 : index + 1]
            if abs(mask.time_s - frame.time_s) > TIME_TOLERANCE_S:
                break
            self._index = index
            at_s = round(Fraction(before.end_s) / self._time_base) * self._time_base
            if start_s < at_s < stop_s and mask.objects != before.objects:
                return at_s
        return None

    def draw(self, planes: YuvPlanes, time_s: Fraction) -> None:
        """Draw the current mask, and the strip where it fits."""
        height, width = planes.y.shape
        if self._floor is None:
            rows, audio = class_rows(self._prediction), (self._audio, self._sound_track)
            self._strip = Strip.fit((width, height), planes.is_hd, rows, self._span_s, *audio)
            self._floor = height if self._strip is None else self._strip.layout.top
        if self._masks and self._drawn_index != self._index:
            image = draw_masks(self._masks[self._index], width, height, self._floor)
            self._mask_layer, self._drawn_index = Layer.of(image, planes.is_hd), self._index
        if self._mask_layer is not None:
            self._mask_layer.blend(planes)
        if self._strip is not None:
            self._strip.blend(planes, time_s)
