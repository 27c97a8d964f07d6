"""Prediction: what sounds where and when in one source, with masks kept as run lengths; checked when made."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ravs.errors import InputError
from ravs.structures.rle import Rle, decode_mask

WINDOW_S = 1.0  # a mask stands for its picture and the second of sound before it
MAIN_OBJECT_DIVISOR = 6  # a main object covers one such part of what is marked


@dataclass(frozen=True, kw_only=True, slots=True)
class SoundingObject:
    """All pixels of one class in one mask."""

    class_id: int
    name: str
    score: float  # mean probability inside the mask
    uncertainty: float  # mean inside the mask
    area: int  # pixels of the displayed picture
    bbox: tuple[int, int, int, int]  # left, top, width, height
    rle: Rle


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FramePrediction:
    """One mask: the picture at `time_s` with the second of sound from `start_s` on."""

    index: int  # which mask of the source, from 0
    time_s: float  # presentation time of the picture on the source's clock
    start_s: float  # where its second of sound begins; below 0 at the start of more than one mask a second
    size: tuple[int, int]  # height, width of the displayed picture
    objects: tuple[SoundingObject, ...] = ()  # at most one of a class, by class
    uncertainty: float = 0.0  # mean over the picture
    pts: int | None = None  # presentation stamp in the source's time base
    frame: int | None = None  # which frame of the source, from 0
    level_db: float = -120.0  # root mean square of the sound, in dB of full scale
    peak_db: float = -120.0
    short: bool = False  # the source ends inside this second
    uncertainty_map: np.ndarray | None = None  # height, width at the model's stride; uint8, 255 is 1

    @property
    def t(self) -> float:
        """Seconds on the source's clock, as the document calls it."""
        return self.time_s

    @property
    def end_s(self) -> float:
        """Where its second of sound ends."""
        return self.start_s + WINDOW_S

    @property
    def labels(self) -> np.ndarray:
        """Class index of each pixel: (height, width) uint8, 0 where nothing sounds."""
        labels = np.zeros(self.size, np.uint8)
        for found in self.objects:
            labels[decode_mask(found.rle)] = found.class_id
        return labels

    @property
    def main_objects(self) -> tuple[SoundingObject, ...]:
        """Those that cover at least a sixth of what is marked: what a person wants named; files hold all."""
        marked = sum(found.area for found in self.objects)
        return tuple(found for found in self.objects if MAIN_OBJECT_DIVISOR * found.area >= marked)

    @property
    def sounding(self) -> tuple[str, ...]:
        """Names of the classes that sound."""
        return tuple(found.name for found in self.objects)


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """A class that sounds without a pause, from the start of its first second to the time of its last picture."""

    name: str
    start_s: float  # 0 at the least
    end_s: float
    score: float  # mean over its masks


@dataclass(frozen=True, slots=True)
class SilenceTest:
    """What stays marked when the sound is muted. A model that listens keeps nothing."""

    kept_area: float  # pixels marked in silence over pixels marked with sound, at most 1
    marked_share: float  # of all pixels, marked in silence
    names: tuple[str, ...] = ()  # what was marked, the largest first

    @classmethod
    def compare(cls, heard_area: int, silent: Iterable[FramePrediction]) -> "SilenceTest":
        """Pixels marked with sound against the masks of the same source in silence.

        Marks that silence alone brings count as kept: more of them than with sound is 1, not more.
        """
        pixels, areas = 0, Counter[str]()
        for frame in silent:
            pixels += frame.size[0] * frame.size[1]
            areas.update({found.name: found.area for found in frame.objects})
        area = areas.total()
        names = tuple(name for name, _ in sorted(areas.items(), key=lambda entry: (-entry[1], entry[0])))
        return cls(area / max(heard_area, area, 1), area / max(pixels, 1), names)


@dataclass(frozen=True, kw_only=True, eq=False)
class Prediction:
    """The masks of one source in order of time, and what they were made from."""

    source: dict[str, Any]  # name, sha256, duration, width, height, ...: the document's keys
    model: dict[str, Any]  # name, revision, sha256
    settings: dict[str, Any]
    classes: tuple[str, ...]  # background first
    frames: tuple[FramePrediction, ...]
    complete: bool = True  # False: the source broke off, and these are the masks before that point
    silence_test: SilenceTest | None = None
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.classes or self.classes[0] != "background":
            raise InputError(f"classes begin with {self.classes[:1]}; the first must be 'background'")
        for place, frame in enumerate(self.frames):
            if frame.index != place:
                raise InputError(f"frame {place} has index {frame.index}: give all frames in order of time")
            for found in frame.objects:
                if not 0 < found.class_id < len(self.classes) or self.classes[found.class_id] != found.name:
                    raise InputError(
                        f"frame {place} has class {found.class_id} {found.name!r}, which is not in {self.classes}"
                    )

    def __len__(self) -> int:
        return len(self.frames)

    def __iter__(self) -> Iterator[FramePrediction]:
        return iter(self.frames)

    def __getitem__(self, index: int) -> FramePrediction:
        return self.frames[index]

    def at(self, time_s: int | float) -> FramePrediction:
        """The mask of the second that this time lies in; the last mask after the end. Raises InputError if empty."""
        if not self.frames:
            raise InputError(f"no mask at {time_s} s: this prediction has none")
        return next((frame for frame in self.frames if time_s <= frame.end_s + 1e-9), self.frames[-1])

    @property
    def events(self) -> tuple[Event, ...]:
        """When each class sounds, by start, then name."""
        return self._all_runs([frame.objects for frame in self.frames])

    @property
    def main_events(self) -> tuple[Event, ...]:
        """The same of main objects alone."""
        return self._all_runs([frame.main_objects for frame in self.frames])

    def _all_runs(self, objects: list[tuple[SoundingObject, ...]]) -> tuple[Event, ...]:
        found = [event for name in self.classes[1:] for event in self._runs(name, objects)]
        return tuple(sorted(found, key=lambda event: (event.start_s, event.name)))

    def _runs(self, name: str, objects: list[tuple[SoundingObject, ...]]) -> Iterator[Event]:
        run: list[tuple[FramePrediction, float]] = []
        for frame in (*self.frames, None):
            score = None if frame is None else next((o.score for o in objects[frame.index] if o.name == name), None)
            if frame is not None and score is not None:
                run.append((frame, score))
            elif run:
                mean = sum(value for _, value in run) / len(run)
                first, last = run[0][0], run[-1][0]
                end_s = last.time_s if last.time_s > first.start_s else last.end_s  # a picture shown from before on
                yield Event(name=name, start_s=max(first.start_s, 0.0), end_s=end_s, score=mean)
                run = []
