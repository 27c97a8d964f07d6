"""Channels of a sound track: their names, and the downmix of any number of them to one or two."""

from math import sqrt
from typing import NamedTuple

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from jaxtyping import Float32

Samples = Float32[np.ndarray, "channels samples"]

MAX_UNNAMED_CHANNELS = 8  # up to this many unnamed channels are assumed to be in FFmpeg's default order
MINUS_3_DB = sqrt(0.5)  # -3 dB: center, side, back and top channels
DOWNMIX_WEIGHTS = {  # of a channel in left and right, as FFmpeg mixes
    "FL": (1.0, 0.0),
    "FR": (0.0, 1.0),
    "FLC": (1.0, 0.0),
    "FRC": (0.0, 1.0),
    "DL": (1.0, 0.0),
    "DR": (0.0, 1.0),
    "BIL": (1.0, 0.0),
    "BIR": (0.0, 1.0),
    "BC": (0.5, 0.5),
    "LFE": (0.0, 0.0),
    "LFE2": (0.0, 0.0),
    "UNSD": (0.0, 0.0),
    "AMBI0": (0.5, 0.5),  # ambisonic: as two cardioids that point left and right
    "AMBI1": (0.5, -0.5),
}


class ChannelLayout(NamedTuple):
    """The channel layout of a sound track, as its header states it."""

    name: str  # as FFmpeg describes it: mono, stereo, 5.1, 9 channels, 2 channels (FR+FL), …
    channels: tuple[str, ...]  # FL, FR, …; NONE for an unnamed one

    @property
    def is_listed(self) -> bool:
        """Whether FFmpeg has no name for the layout and lists its channels."""
        return " channels (" in self.name


def read_layout(stream: AudioStream) -> ChannelLayout:
    """A track's channel layout. Call it once, after opening and before anything is decoded.

    PyAV 18.1 frees the memory of a layout with a custom order with each object that refers to it, frames too: a
    double free that ends the process. So the decoder is given the number of channels only, and drops that memory.
    """
    context = stream.codec_context
    layout = context.layout
    found = ChannelLayout(layout.name, tuple(channel.name for channel in layout.channels))
    if found.channels:
        context.layout = f"{len(found.channels)} channels" if found.is_listed else found.name
    return found


def layout_of(frame: AudioFrame, track: ChannelLayout) -> ChannelLayout:
    """A frame's layout: that of its track where the decoder knows the number of channels only."""
    if track.is_listed and frame.layout.name == f"{len(track.channels)} channels":
        return track
    return ChannelLayout(frame.layout.name, tuple(channel.name for channel in frame.layout.channels))


class Downmixer:
    """Resamples audio frames, and mixes them down to one or two channels or keeps all channels."""

    def __init__(self, frame: AudioFrame, layout: ChannelLayout, sample_rate_hz: int, channels: int | None) -> None:
        """For frames like this one (push it afterwards); channels: 1, 2, or None for all channels as coded."""
        self._count = len(layout.channels)
        self._matrix = None if channels is None or is_mixed_by_ffmpeg(layout) else downmix_matrix(layout, channels)
        self._is_packed = channels is None or self._matrix is not None  # PyAV sees nine planes where there are eight
        if self._is_packed:
            self._resampler = AudioResampler(format="flt", rate=sample_rate_hz)
        else:
            wanted = "mono" if channels == 1 else "stereo"
            self._resampler = AudioResampler(format="fltp", layout=wanted, rate=sample_rate_hz)

    def push(self, frame: AudioFrame | None) -> list[Samples]:
        """The samples that this frame completes; None ends the run."""
        if frame is not None:
            frame.pts = None  # the caller keeps track of time
        return [self._mixed(resampled.to_ndarray()) for resampled in self._resampler.resample(frame)]

    def _mixed(self, samples: np.ndarray) -> Samples:
        if self._is_packed:
            samples = samples.reshape(-1, self._count).T
        if self._matrix is not None:
            samples = self._matrix @ samples
        return samples.astype(np.float32, copy=False)


def is_mixed_by_ffmpeg(layout: ChannelLayout) -> bool:
    """Whether FFmpeg can mix these channels down to one and two."""
    if layout.is_listed or layout.name.startswith(("ambisonic", "binaural")):
        return False
    return layout.name != f"{len(layout.channels)} channels" or len(layout.channels) <= MAX_UNNAMED_CHANNELS


def downmix_matrix(layout: ChannelLayout, channels: int) -> Float32[np.ndarray, "{channels} coded"]:
    """Weights of each coded channel in the one or two of the result.

    Named channels have FFmpeg's weights; an unnamed one among them counts as the center. Where all are unnamed, their
    order is unknown, and left and right are both the mean.
    """
    count = len(layout.channels)
    if count == 1 or all(is_unnamed(name) for name in layout.channels):
        return np.full((channels, count), 1 / count, np.float32)
    sides = np.array([channel_weights(name) for name in layout.channels], np.float32).T
    return sides if channels == 2 else sides.sum(axis=0, keepdims=True) * np.float32(MINUS_3_DB)


def is_unnamed(name: str) -> bool:
    """Whether a channel's name says nothing about its position."""
    return name in ("NONE", "UNK", "UNSD") or name.startswith("USR")


def channel_weights(name: str) -> tuple[float, float]:
    """Weights of a channel in left and right."""
    if name in DOWNMIX_WEIGHTS:
        return DOWNMIX_WEIGHTS[name]
    if name.startswith("AMBI"):
        return 0.0, 0.0  # above and below, before and behind: the same on both sides, and not in two cardioids
    return MINUS_3_DB * (not name.endswith("R")), MINUS_3_DB * (not name.endswith("L"))
