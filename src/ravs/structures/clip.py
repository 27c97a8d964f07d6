"""Clip and LabelledClip: the frames, audio and times of some seconds of video, validated on creation."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np

from ravs.errors import InputError

CLIP_LEVEL_FIELDS = (
    "waveform",
    "sample_rate_hz",
    "name",
    "subset",
    "in_view",
)  # fields without one entry per second


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Clip:
    """Seconds of a video: for each, the last frame shown in it, and its audio.

    Frames are as displayed: upright, with square pixels. Second i of the waveform is the second of audio that ends
    where window i ends, so sliding windows repeat the audio they share.
    """

    frames: np.ndarray  # seconds, height, width, 3; uint8
    waveform: np.ndarray  # channels, seconds * sample_rate_hz; float32 in [-1, 1]
    times_s: np.ndarray  # seconds; float64, presentation time of each frame on the source's clock
    sample_rate_hz: int
    pts: tuple[int, ...] = ()  # seconds; presentation time stamps in the source's time base; empty: unknown
    frame_indices: tuple[int, ...] = ()  # seconds; index of the source frame, from 0; empty: unknown
    short: tuple[bool, ...] = ()  # seconds; the source ends inside this second; empty: unknown
    ends_s: tuple[float, ...] = ()  # seconds; where each second of audio ends, on the same clock; empty: unknown

    def __post_init__(self) -> None:
        """Check that shapes, types and lengths agree, or raise InputError."""
        _check_frames(self.frames)
        _check_waveform(self.waveform, self.sample_rate_hz, len(self.frames))
        for name in ("times_s", "pts", "frame_indices", "short", "ends_s"):
            count = len(getattr(self, name))
            if count != len(self.frames) and (count or name == "times_s"):
                raise InputError(f"{name} has {count} entries for {len(self.frames)} frames: give one for each")

    def __len__(self) -> int:
        """Number of seconds."""
        return len(self.frames)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class LabelledClip(Clip):
    """A clip with its ground truth: which class sounds where. Index 255 is ignored by losses and metrics."""

    masks: np.ndarray  # seconds, height, width; uint8 class index, 255 ignored
    name: str = ""
    subset: str = ""
    in_view: tuple[str, ...] = ()  # classes of everything in view, sounding or silent; empty: unknown
    look_alike: tuple[bool, ...] = ()  # seconds; a silent instance of a sounding class is in view; empty: unknown

    def __post_init__(self) -> None:
        """Check the clip, and that there is one mask of the same size for each frame."""
        Clip.__post_init__(self)
        if self.masks.dtype != np.uint8 or self.masks.shape != self.frames.shape[:3]:
            raise InputError(
                f"masks are {self.masks.dtype} of shape {self.masks.shape}, not uint8 of {self.frames.shape[:3]}: "
                "give one class index for each pixel of each frame, 255 where it is not known"
            )
        if len(self.look_alike) not in (0, len(self)):
            raise InputError(f"look_alike has {len(self.look_alike)} entries for {len(self)} frames: one each, or none")

    def part(self, first: int, seconds: int) -> "LabelledClip":
        """Up to this many seconds from `first` on, with their audio."""
        end, rate = min(first + seconds, len(self)), self.sample_rate_hz
        values = {entry.name: getattr(self, entry.name) for entry in fields(LabelledClip)}
        cut = {name: value[first:end] for name, value in values.items() if name not in CLIP_LEVEL_FIELDS}
        return LabelledClip(**values | cut | {"waveform": self.waveform[:, first * rate : end * rate]})

    def windows(self, seconds: int) -> "Iterator[tuple[int, LabelledClip]]":
        """Consecutive parts of this many seconds, as `ravs segment` cuts a video, each with its first second."""
        for first in range(0, len(self), seconds):
            yield first, self.part(first, seconds)


def _check_frames(frames: np.ndarray) -> None:
    """Raise InputError unless frames are (seconds, height, width, 3) uint8, at least one."""
    if frames.ndim != 4 or frames.shape[-1] != 3:
        raise InputError(f"frames have shape {frames.shape}, not (seconds, height, width, 3): move the axes")
    if frames.dtype != np.uint8:
        raise InputError(f"frames are {frames.dtype}, not uint8 from 0 to 255: scale and convert them")
    if 0 in frames.shape:
        raise InputError(f"frames have shape {frames.shape}: a clip needs one frame at least")


def _check_waveform(waveform: np.ndarray, sample_rate_hz: int, seconds: int) -> None:
    """Raise InputError unless the waveform is (1 or 2 channels, samples) float32 of exactly these seconds."""
    if waveform.ndim != 2 or waveform.shape[0] not in (1, 2):
        raise InputError(
            f"the waveform has shape {waveform.shape}, not (1 or 2 channels, samples): mix down or turn it"
        )
    if waveform.dtype != np.float32:
        raise InputError(f"the waveform is {waveform.dtype}, not float32 in [-1, 1]: scale and convert it")
    if not np.isfinite(waveform).all():
        raise InputError("the waveform holds values that are not finite (NaN, infinity): replace them by zeros")
    if sample_rate_hz <= 0:
        raise InputError(f"sample_rate_hz is {sample_rate_hz}, not a positive number of samples a second")
    if waveform.shape[1] != seconds * sample_rate_hz:
        lasts_s = waveform.shape[1] / sample_rate_hz
        remedy = "pad it with silence, or drop the last frames" if lasts_s < seconds else "cut it, or give more frames"
        raise InputError(
            f"{seconds} frames need {seconds} s of audio; the waveform lasts {lasts_s:.2f} s at {sample_rate_hz} Hz: "
            f"{remedy}"
        )
