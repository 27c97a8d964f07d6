"""Evaluates a model on a data set: each video is read, predicted and counted by itself, and its counts are saved."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial

import numpy as np

from ravs.config.labels import IGNORE_INDEX
from ravs.data.datasets.base import AvsDataset, Entry
from ravs.errors import RavsError
from ravs.evaluation.audio_conditions import FROM_OTHER_CLIP, AmbientSource, audio_under_condition, pink_noise
from ravs.evaluation.frame_predictor import FramePredictor, with_audio
from ravs.evaluation.metrics.protocol import MetricProtocol
from ravs.evaluation.metrics.scoreboard import count_frame, join_frames
from ravs.evaluation.records import Records, VideoRecord
from ravs.evaluation.saved_predictions import PredictionFiles
from ravs.files import hash_lines
from ravs.parallel import ProgressFunction, prefetch
from ravs.structures.clip import LabelledClip


@dataclass(frozen=True, kw_only=True)
class EvaluationRun:
    """The parts of an evaluation: entries to read, predictor, protocols."""

    data: AvsDataset
    entries: tuple[Entry, ...]
    predictor: FramePredictor
    protocols: tuple[MetricProtocol, ...]
    ambient: AmbientSource = pink_noise
    saver: PredictionFiles | None = None  # saves predictions, too

    def count_videos(
        self, records: Mapping[str, Records], *, workers: int = 2, progress: ProgressFunction | None = None
    ) -> None:
        """Count every video that has not been counted. Videos that cannot be read do not stop the others.

        Args:
            records: folders of the counts, by audio condition.
            workers: threads that read ahead.
            progress: called with the number of videos done and of all videos.

        Raises: RavsError that lists the videos that could not be read, after all others were counted.
        """
        conditions = {entry: self.missing(records, entry) for entry in self.entries}
        missing = [(entry, names) for entry, names in conditions.items() if names]
        done, problems = len(self.entries) - len(missing), []
        if progress is not None:
            progress(done, len(self.entries))
        for (entry, _), read in prefetch(self.read, missing, workers):
            try:
                clip, waveforms = read()
                for name, waveform in waveforms.items():
                    records[name].write(self.count_video(entry, name, clip, waveform))
            except RavsError as error:
                problems.append(f"{entry.name}: {error}")
            done += 1
            if progress is not None:
                progress(done, len(self.entries))
        if problems:
            some = "; ".join(problems[:3]) + (" …" if len(problems) > 3 else "")
            raise RavsError(
                f"{len(problems)} of {len(self.entries)} videos could not be evaluated ({some}): "
                "see ravs datasets check; all others are saved, run the same command to resume"
            )

    def read(self, wanted: tuple[Entry, Sequence[str]]) -> tuple[LabelledClip, dict[str, np.ndarray]]:
        """The clip of an entry, and its audio under each of the wanted conditions, by name."""
        entry, names = wanted
        clip = self._clip(entry)
        ambient = self.ambient(clip.sample_rate_hz)
        others = {name: partial(self.other_clip, entry, name) for name in names}
        return clip, {name: audio_under_condition(name, clip, others[name], ambient) for name in names}

    def missing(self, records: Mapping[str, Records], entry: Entry) -> list[str]:
        """The conditions under which an entry was not counted or saved yet, or whose files have changed since."""
        return [
            name
            for name, counts in records.items()
            if not (counts.has(entry.name, self.stamp(entry, name)) and self._is_saved(entry, counts))
        ]

    def _is_saved(self, entry: Entry, counts: Records) -> bool:
        return self.saver is None or self.saver.has(entry, counts.read(entry.name))

    def stamp(self, entry: Entry, sound: str) -> str:
        """A stamp of all files that an entry's counts depend on; for audio of other clips, those of the whole set."""
        own = self._stamps[entry.name]
        return own if sound not in FROM_OTHER_CLIP else hash_lines([own, self._stamp_of_all])

    @cached_property
    def _stamp_of_all(self) -> str:
        return hash_lines(self._stamps.values())

    @cached_property
    def _stamps(self) -> dict[str, str]:
        return {entry.name: self.data.stamp(entry) for entry in self.entries}

    def count_video(self, entry: Entry, sound: str, clip: LabelledClip, waveform: np.ndarray) -> VideoRecord:
        """A clip's counts, its frames predicted from the given waveform."""
        frames = []
        for frame in self.predictor.frames(with_audio(clip, waveform)):
            if self.saver is not None:
                self.saver.save(entry, frame)
            frames.append(count_frame(self.protocols, frame))
        labelled = [frame for frame in frames if frame is not None]
        sums = join_frames(self.protocols, labelled) if labelled else {}
        return VideoRecord(
            name=entry.name,
            subset=clip.subset or entry.subset,
            frames=len(labelled),
            stamp=self.stamp(entry, sound),
            sha256=clip_hash(clip),
            sums=sums,
            saved="" if self.saver is None else self.saver.name,
        )

    def other_clip(self, entry: Entry, sound: str) -> LabelledClip:
        """The clip whose audio replaces an entry's: the next one; off-screen the next whose classes are not in view."""
        position = self._positions[entry.name]
        in_view = set(self._clip(entry).in_view) or self.sounding(entry)
        for other in self.entries[position + 1 :] + self.entries[:position]:
            if sound != "off-screen" or ((sounding := self.sounding(other)) and not in_view & sounding):
                return self._clip(other)
        kind = "of other sounding classes " if sound == "off-screen" else ""
        raise RavsError(f"the set has no clip {kind}whose audio could replace it")

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {entry.name: position for position, entry in enumerate(self.entries)}

    def sounding(self, entry: Entry) -> set[str]:
        """Sounding classes of an entry, from the metadata, else from its masks."""
        if entry.sounding:
            return set(entry.sounding)
        found = set(np.unique(self._clip(entry).masks).tolist()) - {0, IGNORE_INDEX}
        return {self.data.classes[index] for index in found}

    def _clip(self, entry: Entry) -> LabelledClip:
        return _read_cached(self.data.read, entry)


@lru_cache(maxsize=8)
def _read_cached(read: Callable[[Entry], LabelledClip], entry: Entry) -> LabelledClip:
    """Audio of other clips requires each clip twice in a row."""
    return read(entry)


def clip_hash(clip: LabelledClip) -> str:
    """SHA-256 of what was read: frames, ground truth, and the clip's own audio."""
    digest = hashlib.sha256()
    for array in (clip.frames, clip.masks, clip.waveform):
        digest.update(str((array.shape, array.dtype.str)).encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
