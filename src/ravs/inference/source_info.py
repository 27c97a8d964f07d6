"""Facts about a source: times, sizes and audio, and the warnings that they give rise to."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np

from ravs.config.inference import InferenceSettings
from ravs.errors import DecodeError
from ravs.media import AudioInfo, probe
from ravs.structures.clock import format_clock
from ravs.structures.prediction import WINDOW_S

SILENCE_THRESHOLD_DB = -60.0  # audio whose loudest sample lies below is called silent
END_TOLERANCE_S = 0.5  # audio may end so much before the video without a warning
TIME_TOLERANCE_S = 0.001  # two times that differ by less are one
AUDIO_KEYS = {"rate": "sample_rate_hz", "channels": "channels", "start": "start_s", "duration": "duration_s"}
SOURCE_KEYS = {"name": "name", "sha256": "sha256", "start": "start_s", "duration": "duration_s"} | {
    key: key for key in ("width", "height", "rotation", "fps", "time_base")
}  # of documents, and the fields that they stand for
MAX_LENGTH_S = 24 * 3600  # a longer source is segmented only where an end is given: its time stamps may be damaged
ARRAYS = "arrays"  # the name of a source that is no file
MAX_LISTED_JUMPS = 4  # of time stamps; the rest is counted


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceAudio:
    """The audio of a source, its own or another file's; times on the source's clock."""

    sample_rate_hz: int
    channels: int
    start_s: float
    duration_s: float

    @property
    def end_s(self) -> float:
        """Where it ends."""
        return self.start_s + self.duration_s

    def as_json(self) -> dict[str, Any]:
        """As documents have it."""
        return {key: getattr(self, field) for key, field in AUDIO_KEYS.items()}


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceInfo:
    """A file or arrays, as decoding sees them; times in seconds on the source's clock, to a microsecond."""

    name: str
    sha256: str | None = None
    start_s: float = 0.0
    duration_s: float
    width: int  # as displayed
    height: int
    rotation: int = 0  # degrees clockwise by which frames are turned
    fps: str | None = None  # mean rate of frames, such as 30000/1001; None for arrays and still images
    time_base: str | None = None
    audio: SourceAudio | None = None
    video_end_s: float | None = None  # where the video ends, if that is before its audio
    time_jumps_s: tuple[float, ...] = ()  # where time stamps jump

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "SourceInfo":
        """Of what `as_json` gave."""
        sound = values["sound"]
        audio = None if sound is None else SourceAudio(**{field: sound[key] for key, field in AUDIO_KEYS.items()})
        facts = {field: values[key] for key, field in SOURCE_KEYS.items()}
        jumps = tuple(values.get("time_jumps", ()))
        return cls(audio=audio, video_end_s=values.get("picture_end"), time_jumps_s=jumps, **facts)

    @property
    def end_s(self) -> float:
        """Where it ends."""
        return self.start_s + self.duration_s

    def as_json(self) -> dict[str, Any]:
        """As documents have it; unusual facts only where there are some."""
        values: dict[str, Any] = {key: getattr(self, field) for key, field in SOURCE_KEYS.items()}
        values["sound"] = None if self.audio is None else self.audio.as_json()
        if self.video_end_s is not None:
            values["picture_end"] = self.video_end_s
        if self.time_jumps_s:
            values["time_jumps"] = list(self.time_jumps_s)
        return values

    def expected_masks(self, settings: InferenceSettings) -> int:
        """About how many masks it will have: what progress is measured against."""
        start_s = max(self.start_s, float(settings.start_s or 0))
        rate = float(settings.rate or Fraction(self.fps or 25))
        return max(1, ceil((self._end_s(settings) - start_s) * rate - 0.1))

    def warnings(
        self, settings: InferenceSettings, records: np.ndarray, silence_below_db: float | None = None
    ) -> tuple[str, ...]:
        """Warnings that explain odd masks: time stamps that jump, a video or audio that ends early, silence.

        `records`: times and levels of the masks, of RECORD.
        `silence_below_db`: of the model's configuration, the level below which it takes a second as silence.
        """
        return (*self._time_warnings(), *self._audio_warnings(settings, records, silence_below_db))

    def _time_warnings(self) -> Iterator[str]:
        if jumps := self.time_jumps_s:
            more = f" and {len(jumps) - MAX_LISTED_JUMPS} more times" if len(jumps) > MAX_LISTED_JUMPS else ""
            times = ", ".join(format_clock(time_s) for time_s in jumps[:MAX_LISTED_JUMPS])
            yield f"time stamps jump at {times}{more}; later frames are timed as if they had not."
        if self.video_end_s is not None:
            ends, last = format_clock(self.video_end_s), format_clock(self.end_s)
            yield f"picture ends at {ends} of {last}; its last frame is held until the sound ends."

    def _audio_warnings(
        self, settings: InferenceSettings, records: np.ndarray, silence_below_db: float | None
    ) -> Iterator[str]:
        if self.audio is None:
            return
        peak, level = (records[name].max() if len(records) else 0.0 for name in ("peak_db", "level_db"))
        where = "throughout" if _covers(records["start_s"], self.audio) else "wherever it was heard"
        end_s = self._end_s(settings)
        if peak < SILENCE_THRESHOLD_DB:
            yield f"the sound is silent {where} (peak {peak:.0f} dBFS); no masks expected."
        elif silence_below_db is not None and level < silence_below_db:
            yield (
                f"the sound is below {silence_below_db:g} dBFS {where} (loudest second {level:.1f} dBFS), "
                "which the model takes as silence; no masks expected: raise its level."
            )
        elif self.audio.end_s < end_s - END_TOLERANCE_S:
            ends = format_clock(self.audio.end_s)
            yield f"sound ends at {ends} of {format_clock(end_s)}; later frames are treated as silent."

    def _end_s(self, settings: InferenceSettings) -> float:
        """Where the part that is segmented ends."""
        return self.end_s if settings.end_s is None else min(self.end_s, float(settings.end_s))


def describe_source(path: Path, settings: InferenceSettings, sha256: str | None = None) -> SourceInfo:
    """Describes a file, with the audio that these settings choose.

    Raises: DecodeError if it is no video, or so long that its time stamps may be damaged; NoAudioError if the file
        given as sound has none.
    """
    info = probe(path, settings.sound, settings.sound_track)
    if info.duration_s > MAX_LENGTH_S and settings.end_s is None:
        raise DecodeError(
            f"{path.name}: lasts {format_clock(float(info.duration_s))} by its time stamps, which may be damaged. "
            f"Say with --end TIME how much of it to segment; up to {MAX_LENGTH_S // 3600} hours need no end."
        )
    return SourceInfo(
        name=path.name,
        sha256=sha256,
        start_s=_seconds(info.start_s),
        duration_s=_seconds(info.duration_s),
        width=info.width,
        height=info.height,
        rotation=info.rotation,
        fps=None if info.is_still else str(info.rate),
        time_base=str(info.time_base),
        audio=None if info.audio is None else _describe_audio(info.audio),
        video_end_s=_seconds(info.start_s + info.video_duration_s) if info.video_duration_s < info.duration_s else None,
        time_jumps_s=tuple(_seconds(time_s) for time_s in info.jumps_s),
    )


def describe_arrays(frames: np.ndarray, times_s: np.ndarray, waveform: np.ndarray, sample_rate_hz: int) -> SourceInfo:
    """Describes arrays, as `Segmenter.segment` takes them."""
    waveform = np.atleast_2d(waveform)
    length_s = round(waveform.shape[1] / sample_rate_hz, 6)
    return SourceInfo(
        name=ARRAYS,
        duration_s=round(float(max(times_s, default=0)), 6),
        width=frames.shape[2],
        height=frames.shape[1],
        audio=SourceAudio(sample_rate_hz=sample_rate_hz, channels=waveform.shape[0], start_s=0.0, duration_s=length_s),
    )


def _describe_audio(audio: AudioInfo) -> SourceAudio:
    return SourceAudio(
        sample_rate_hz=audio.sample_rate_hz,
        channels=audio.channels,
        start_s=_seconds(audio.start_s),
        duration_s=_seconds(audio.duration_s),
    )


def _seconds(time_s: Fraction) -> float:
    return round(float(time_s), 6)


def _covers(starts_s: np.ndarray, audio: SourceAudio) -> bool:
    """Whether the seconds that begin at these times cover the audio, but for half a second at its end."""
    reached_s = audio.start_s
    for start_s in starts_s.tolist():
        if start_s > reached_s + TIME_TOLERANCE_S:
            return False
        reached_s = max(reached_s, start_s + WINDOW_S)
    return bool(reached_s >= audio.end_s - END_TOLERANCE_S)
