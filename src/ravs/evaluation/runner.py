"""Evaluate a model on a set: each video is read, heard, predicted and counted by itself, and its counts are kept."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial

import numpy as np

from ravs.data.datasets.base import AvsDataset, Entry
from ravs.errors import RavsError
from ravs.evaluation.audio_conditions import FROM_OTHER_CLIP, heard, pink_noise
from ravs.evaluation.frame_predictor import FramePredictor, with_audio
from ravs.evaluation.metrics.protocol import MetricProtocol
from ravs.evaluation.metrics.scoreboard import count, join
from ravs.evaluation.records import Records, VideoRecord
from ravs.evaluation.saved_predictions import PredictionFiles
from ravs.files import hash_lines
from ravs.parallel import prefetch
from ravs.structures.clip import LabelledClip

Progress = Callable[[int, int], None]
AmbientSource = Callable[
    [int], Callable[[np.random.Generator], np.ndarray]
]  # from a sample rate to what draws ambient sound


@dataclass(frozen=True, kw_only=True)
class EvaluationRun:
    """An evaluation: what is read, what predicts, what counts."""

    data: AvsDataset
    entries: tuple[Entry, ...]
    predictor: FramePredictor
    protocols: tuple[MetricProtocol, ...]
    ambient: AmbientSource = pink_noise
    saver: PredictionFiles | None = None  # where predictions are kept, too

    def carry_out(self, records: Mapping[str, Records], *, workers: int = 2, progress: Progress | None = None) -> None:
        """Count every video that was not counted yet. Videos that cannot be read do not stop the others.

        Args:
            records: where counts are kept, by the sound that is heard.
            workers: threads that read ahead.
            progress: called with videos done and videos in all.

        Raises: RavsError that lists the videos which could not be read, after all others were counted.
        """
        sounds = {entry: self.missing(records, entry) for entry in self.entries}
        missing = [(entry, names) for entry, names in sounds.items() if names]
        done, problems = len(self.entries) - len(missing), []
        if progress is not None:
            progress(done, len(self.entries))
        for (entry, _), read in prefetch(self.read, missing, workers):
            try:
                clip, waveforms = read()
                for name, waveform in waveforms.items():
                    records[name].write(self.count(entry, name, clip, waveform))
            except RavsError as error:
                problems.append(f"{entry.name}: {error}")
            done += 1
            if progress is not None:
                progress(done, len(self.entries))
        if problems:
            some = "; ".join(problems[:3]) + (" …" if len(problems) > 3 else "")
            raise RavsError(
                f"{len(problems)} of {len(self.entries)} videos could not be evaluated ({some}): "
                "see ravs datasets check; all others are kept, run the same line to go on"
            )

    def read(self, wanted: tuple[Entry, Sequence[str]]) -> tuple[LabelledClip, dict[str, np.ndarray]]:
        """The clip of an entry, and what is to be heard with it, by the names of the sounds that are wanted."""
        entry, names = wanted
        clip = self._clip(entry)
        ambient = self.ambient(clip.sample_rate_hz)
        return clip, {name: heard(name, clip, partial(self.stranger, entry, name), ambient) for name in names}

    def missing(self, records: Mapping[str, Records], entry: Entry) -> list[str]:
        """The sounds with which an entry was not counted yet, or not saved, or from files that have changed since."""
        return [
            name
            for name, kept in records.items()
            if not (kept.has(entry.name, self.stamp(entry, name)) and self._is_saved(entry, kept))
        ]

    def _is_saved(self, entry: Entry, kept: Records) -> bool:
        return self.saver is None or self.saver.has(entry, kept.read(entry.name))

    def stamp(self, entry: Entry, sound: str) -> str:
        """Of all files that an entry's counts depend on: with another clip's sound, those of the whole set."""
        own = self._stamps[entry.name]
        return own if sound not in FROM_OTHER_CLIP else hash_lines([own, self._stamp_of_all])

    @cached_property
    def _stamp_of_all(self) -> str:
        return hash_lines(self._stamps.values())

    @cached_property
    def _stamps(self) -> dict[str, str]:
        return {entry.name: self.data.stamp(entry) for entry in self.entries}

    def count(self, entry: Entry, sound: str, clip: LabelledClip, waveform: np.ndarray) -> VideoRecord:
        """A clip's counts, whose frames are predicted with the waveform of a sound."""
        frames = []
        for frame in self.predictor.frames(with_audio(clip, waveform)):
            if self.saver is not None:
                self.saver.save(entry, frame)
            frames.append(count(self.protocols, frame))
        labelled = [frame for frame in frames if frame is not None]
        sums = join(self.protocols, labelled) if labelled else {}
        return VideoRecord(
            name=entry.name,
            subset=clip.subset or entry.subset,
            frames=len(labelled),
            stamp=self.stamp(entry, sound),
            sha256=content_hash(clip),
            sums=sums,
            saved="" if self.saver is None else self.saver.name,
        )

    def stranger(self, entry: Entry, sound: str) -> LabelledClip:
        """The clip whose sound is heard instead: the next one; off-screen the next whose classes are not in view."""
        place = self._places[entry.name]
        in_view = set(self._clip(entry).in_view) or self.sounding(entry)
        for other in self.entries[place + 1 :] + self.entries[:place]:
            if sound != "off-screen" or ((there := self.sounding(other)) and not in_view & there):
                return self._clip(other)
        what = "of other sounding classes " if sound == "off-screen" else ""
        raise RavsError(f"the set has no clip {what}whose sound could be heard instead")

    @cached_property
    def _places(self) -> dict[str, int]:
        return {entry.name: place for place, entry in enumerate(self.entries)}

    def sounding(self, entry: Entry) -> set[str]:
        """Classes that sound in an entry, by the metadata, or else by its masks."""
        if entry.sounding:
            return set(entry.sounding)
        found = set(np.unique(self._clip(entry).masks).tolist()) - {0, 255}
        return {self.data.classes[index] for index in found}

    def _clip(self, entry: Entry) -> LabelledClip:
        return _cached(self.data.read, entry)


@lru_cache(maxsize=8)
def _cached(read: Callable[[Entry], LabelledClip], entry: Entry) -> LabelledClip:
    """With another clip's sound, each clip is wanted twice in a row."""
    return read(entry)


def content_hash(clip: LabelledClip) -> str:
    """SHA-256 of what was read: pictures, truth, and the clip's own sound."""
    digest = hashlib.sha256()
    for array in (clip.frames, clip.masks, clip.waveform):
        digest.update(str((array.shape, array.dtype.str)).encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
