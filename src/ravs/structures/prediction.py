"""Prediction: what sounds where and when in one source, with run-length masks; validated on creation."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np

from ravs.errors import InputError
from ravs.structures.model_output import ModelOutput
from ravs.structures.rle import Rle, decode_mask

WINDOW_S = 1.0  # a mask stands for its frame and the second of audio before it
TIME_TOLERANCE_S = 1e-9


@dataclass(frozen=True, kw_only=True, slots=True)
class SoundingObject:
    """All pixels of one class in one mask."""

    class_id: int
    name: str
    score: float  # mean probability of the class inside the mask; where it has no name, that it sounds
    uncertainty: float  # mean inside the mask
    area: int  # pixels of the displayed frame
    bbox: tuple[int, int, int, int]  # left, top, width, height
    rle: Rle


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FramePrediction:
    """One mask: the frame at `time_s` with the second of audio from `start_s` on."""

    index: int  # index of the mask, from 0
    time_s: float  # presentation time of the frame on the source's clock
    start_s: float  # where its second of audio begins; below 0 at the start, with more than one mask a second
    size: tuple[int, int]  # height, width of the displayed frame
    objects: tuple[SoundingObject, ...] = ()  # at most one of a class, by class
    uncertainty: float = 0.0  # mean over the frame
    pts: int | None = None  # presentation time stamp in the source's time base
    frame: int | None = None  # index of the source frame, from 0
    level_db: float = -120.0  # root mean square of the audio, in dB of full scale
    peak_db: float = -120.0
    short: bool = False  # the source ends inside this second
    uncertainty_map: np.ndarray | None = None  # height, width at the model's stride; uint8, 255 is 1

    @property
    def t(self) -> float:
        """`time_s` under its name in the JSON document."""
        return self.time_s

    @property
    def end_s(self) -> float:
        """Where its second of audio ends."""
        return self.start_s + WINDOW_S

    @property
    def labels(self) -> np.ndarray:
        """Class index of each pixel: (height, width) uint8, 0 where nothing sounds."""
        labels = np.zeros(self.size, np.uint8)
        for obj in self.objects:
            labels[decode_mask(obj.rle)] = obj.class_id
        return labels

    @property
    def sounding(self) -> tuple[str, ...]:
        """Names of the classes that sound."""
        return tuple(obj.name for obj in self.objects)


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """A class that sounds without a pause, from the start of its first second to the time of its last frame."""

    name: str
    start_s: float  # at least 0
    end_s: float
    score: float  # mean over its masks


@dataclass(frozen=True, slots=True)
class SilenceTest:
    """What stays marked when the audio is muted. A model that uses the audio keeps nothing."""

    kept_area: float  # pixels marked in silence over pixels marked with audio, at most 1
    marked_share: float  # of all pixels, marked in silence
    names: tuple[str, ...] = ()  # what was marked, the largest first

    @classmethod
    def compare(cls, area_with_audio: int, silent: Iterable[FramePrediction]) -> "SilenceTest":
        """Compare the pixels marked with audio to the masks of the same source in silence.

        Pixels marked in silence only count as kept: `kept_area` is 1 if silence marks more than audio does.
        """
        pixels, areas = 0, Counter[str]()
        for frame in silent:
            pixels += frame.size[0] * frame.size[1]
            areas.update({obj.name: obj.area for obj in frame.objects})
        area = areas.total()
        names = tuple(name for name, _ in sorted(areas.items(), key=lambda entry: (-entry[1], entry[0])))
        return cls(area / max(area_with_audio, area, 1), area / max(pixels, 1), names)


@dataclass(frozen=True, kw_only=True, eq=False)
class Prediction:
    """The masks of one source in order of time, and how they were made."""

    source: dict[str, Any]  # name, sha256, duration, width, height, ...: the document's keys
    model: dict[str, Any]  # name, revision, sha256
    settings: dict[str, Any]
    classes: tuple[str, ...]  # background first
    frames: tuple[FramePrediction, ...]
    complete: bool = True  # False: the source broke off, and these are the masks up to that point
    silence_test: SilenceTest | None = None
    warnings: tuple[str, ...] = ()
    model_output: ModelOutput | None = None  # what it was rendered from; None: read from a document, which has none
    source_path: Path | None = None  # where the source was found; None: arrays, or not known

    def __post_init__(self) -> None:
        if not self.classes or self.classes[0] != "background":
            raise InputError(f"classes begin with {self.classes[:1]}; the first must be 'background'")
        for index, frame in enumerate(self.frames):
            if frame.index != index:
                raise InputError(f"frame {index} has index {frame.index}: give all frames in order of time")
            for obj in frame.objects:
                if not 0 < obj.class_id < len(self.classes) or self.classes[obj.class_id] != obj.name:
                    raise InputError(
                        f"frame {index} has class {obj.class_id} {obj.name!r}, which is not in {self.classes}"
                    )

    def __len__(self) -> int:
        return len(self.frames)

    def __iter__(self) -> Iterator[FramePrediction]:
        return iter(self.frames)

    def __getitem__(self, index: int) -> FramePrediction:
        return self.frames[index]

    def at(self, time_s: int | float) -> FramePrediction:
        """The mask of the second that this time lies in, or of the next one where none has it.

        What is left of a source after its last mask belongs to that mask.

        Raises: InputError for a time outside the source or the part that was segmented, for what is no number, or if
            there is no mask.
        """
        if not isinstance(time_s, Real):
            raise InputError(f"time is {time_s!r}; it must be a number of seconds, such as 1.5")
        if not self.frames:
            raise InputError(f"no mask at {time_s} s: this prediction has none")
        start_s, end_s = self.span_s
        if not start_s <= time_s <= end_s + TIME_TOLERANCE_S:
            raise InputError(
                f"no mask at {time_s} s: the masks are of {start_s:g} to {end_s:g} s; give a time in between"
            )
        return next((frame for frame in self.frames if time_s <= frame.end_s + TIME_TOLERANCE_S), self.frames[-1])

    @property
    def span_s(self) -> tuple[float, float]:
        """From when to when there are masks on the source's clock: all of it, or the part that was segmented."""
        begin_s = self.source.get("start", 0.0)
        start_s, end_s = self.settings.get("start"), self.settings.get("end")
        source_end_s = begin_s + self.source.get("duration", 0.0) if self.complete else 0.0
        return (
            min(self.frames[0].start_s, min(0.0, begin_s) if start_s is None else start_s),
            max(self.frames[-1].end_s, source_end_s if end_s is None else min(end_s, source_end_s)),
        )

    @property
    def events(self) -> tuple[Event, ...]:
        """When each class sounds, by start, then name."""
        return tuple(event for event, _ in self.event_frames)

    @property
    def event_frames(self) -> tuple[tuple[Event, tuple[FramePrediction, ...]], ...]:
        """Each of the events with its masks."""
        found = [(_event(name, run), run) for name in self.classes[1:] for run in self._runs(name)]
        return tuple(sorted(found, key=lambda entry: (entry[0].start_s, entry[0].name)))

    def _runs(self, name: str) -> Iterator[tuple[FramePrediction, ...]]:
        """Masks that follow each other and have this class."""
        for sounds, run in groupby(self.frames, key=lambda frame: name in frame.sounding):
            if sounds:
                yield tuple(run)


def _event(name: str, run: tuple[FramePrediction, ...]) -> Event:
    first, last = run[0], run[-1]
    scores = [obj.score for frame in run for obj in frame.objects if obj.name == name]
    end_s = last.time_s if last.time_s > first.start_s else last.end_s  # else: a frame shown since earlier
    return Event(name=name, start_s=max(first.start_s, 0.0), end_s=end_s, score=sum(scores) / len(scores))
