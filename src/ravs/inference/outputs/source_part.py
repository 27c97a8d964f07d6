"""What an output video shows of its source: which part, with which audio, and which mask on each frame."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TypedDict

from ravs.media import DisplayedFrame, MediaInfo, probe, shown_frames
from ravs.structures.prediction import FramePrediction, Prediction

TIME_TOLERANCE_S = 1e-6  # two times that differ by less are one, since predictions keep floats
END_TOLERANCE_S = Fraction(1, 20)  # audio that ends so little after the video is not cut

Span = tuple[Fraction, Fraction]
Seconds = int | float | Fraction | None
Written = Callable[[float, float], None]  # called with the seconds of a video that are drawn, and its length


class SourceChoices(TypedDict, total=False):
    """What else is known of a source, for the functions that write a video of it; all may be left out or None.

    sound: the file whose audio replaced the source's own.
    sound_track: number of the audio track, if one was chosen.
    start_s, end_s: the part that was segmented, on the source's clock; the video's clock starts with it.
    progress: called about once a second of the video, with the seconds that are drawn and its length.
    """

    sound: Path | str | None
    sound_track: int | None
    start_s: Seconds
    end_s: Seconds
    progress: Written | None


@dataclass(frozen=True, slots=True)
class MaskedFrame:
    """A frame with the mask of the second that it is shown in; times on the output's clock."""

    frame: DisplayedFrame
    mask: FramePrediction | None  # None: the prediction has no masks
    start_s: Fraction
    end_s: Fraction


@dataclass(frozen=True)
class SourcePart:
    """The part of a source that was segmented, and the audio that was used."""

    path: Path
    info: MediaInfo
    audio: Path | None
    sound_track: int | None
    span_s: Span  # on the source's clock
    is_part: bool  # a start or an end was given
    progress: Written | None = None  # called about once a second of the video, while its frames are taken

    @classmethod
    def of(
        cls,
        source: Path | str,
        sound: Path | str | None = None,
        sound_track: int | None = None,
        start_s: Seconds = None,
        end_s: Seconds = None,
        progress: Written | None = None,
    ) -> "SourcePart":
        """Probe a source. Raises: as ravs.media.probe does."""
        source, audio = Path(source), None if sound is None else Path(sound)
        info = probe(source, audio, sound_track)
        if audio is None and info.audio is not None:
            audio = source
        is_part = start_s is not None or end_s is not None
        return cls(source, info, audio, sound_track, shown_span(info, start_s, end_s), is_part, progress)

    def frames(self, prediction: Prediction) -> Iterator[MaskedFrame]:
        """Every frame with its mask. One that is shown for longer than its mask comes again with the next mask."""
        first_s, last_s = self.span_s
        begin_s, stop_s = self.span_s if self.is_part else (None, None)
        masks, told_s = MaskSequence(prediction.frames, self.info.time_base), 0
        for frame in shown_frames(self.path, self.audio, begin_s, stop_s, self.sound_track):
            masks.move_to(frame)
            start_s: Fraction | None = max(frame.time_s, first_s)
            frame_end_s = min(frame.end_s, last_s) if self.is_part else frame.end_s
            while start_s is not None:
                mask = masks.current
                next_s = masks.advance_within(frame, start_s, frame_end_s)
                yield MaskedFrame(frame, mask, start_s - first_s, (frame_end_s if next_s is None else next_s) - first_s)
                start_s = next_s
            if self.progress is not None and frame_end_s - first_s >= told_s + 1:
                told_s = int(frame_end_s - first_s)
                self.progress(told_s, float(last_s - first_s))

    @property
    def sound_part_s(self) -> Span | None:
        """From when to when the audio is used; None: all of it, and its packets can be copied."""
        return self.span_s if self.audio is not None and (self.is_part or self._audio_outlasts()) else None

    def _audio_outlasts(self) -> bool:
        """Whether audio of another file outlasts the video, and must be cut."""
        sound = self.info.audio
        if sound is None or self.audio == self.path or self.info.is_still:
            return False
        return sound.start_s + sound.duration_s > self.info.start_s + self.info.duration_s + END_TOLERANCE_S


def shown_span(info: MediaInfo, start_s: Seconds, end_s: Seconds) -> Span:
    """Start and end of what is shown. A start between two time stamps is moved to the earlier one."""
    first_s = Fraction(0) if start_s is None else Fraction(start_s) // info.time_base * info.time_base
    last_s = info.start_s + info.duration_s
    return first_s, last_s if end_s is None else min(last_s, Fraction(end_s))


class MaskSequence:
    """Masks in order of time, and the one that is shown now."""

    def __init__(self, masks: tuple[FramePrediction, ...], time_base: Fraction) -> None:
        self._masks, self._time_base, self._index = masks, time_base, 0

    @property
    def current(self) -> FramePrediction | None:
        """The mask that is shown now."""
        return self._masks[self._index] if self._masks else None

    def move_to(self, frame: DisplayedFrame) -> None:
        """Go to the mask of the second in which a frame appears."""
        aim_s = frame.time_s - TIME_TOLERANCE_S
        while self._index < len(self._masks) - 1 and self._masks[self._index].time_s < aim_s:
            self._index += 1

    def advance_within(self, frame: DisplayedFrame, start_s: Fraction, stop_s: Fraction) -> Fraction | None:
        """Go to the next mask if it replaces the current one while a frame is shown; that time, or None."""
        for index in range(self._index + 1, len(self._masks)):
            before, mask = self._masks[index - 1 : index + 1]
            if abs(mask.time_s - frame.time_s) > TIME_TOLERANCE_S:
                break
            self._index = index
            at_s = round(Fraction(before.end_s) / self._time_base) * self._time_base
            if start_s < at_s < stop_s and mask.objects != before.objects:
                return at_s
        return None
