"""Read a video as clips: one-second windows, each with its last frame and its audio, in bounded memory."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from fractions import Fraction
from math import ceil
from pathlib import Path

import numpy as np

from ravs.errors import DecodeError, InputError
from ravs.media.audio_decoder import Waveform
from ravs.media.audio_reader import AudioReader
from ravs.media.audio_tracks import preferred_track
from ravs.media.container import open_input
from ravs.media.displayed_frame import DisplayedFrame
from ravs.media.frames import STILL_RATE, read_frames
from ravs.media.probe import probe_audio
from ravs.media.still_image import is_still
from ravs.media.windows import MediaWindow, WindowSchedule
from ravs.media.yuv import Rgb
from ravs.structures.clip import Clip

Seconds = int | float | Fraction


class SilentReader:
    """Stands in for a reader of a sound track: silence."""

    channels = 1
    error: DecodeError | None = None

    def __init__(self, sample_rate_hz: int) -> None:
        """Silence at this rate."""
        self.sample_rate_hz = sample_rate_hz

    def read(self, start_s: Fraction, count: int) -> Waveform:
        """Read `count` zeros, (1, count)."""
        return np.zeros((1, count), np.float32)


def read_clips(
    path: Path | str,
    *,
    window: int,
    rate: int | float | Fraction | None = Fraction(1),
    start_s: Seconds | None = None,
    end_s: Seconds | None = None,
    sound: Path | str | None = None,
    sound_track: int | None = None,
    mute: bool = False,
    sample_rate_hz: int = 32000,
) -> Iterator[Clip]:
    """Read clips of up to `window` instants: for each, the last frame shown before it and the second of audio up to it.

    Args:
        path: a video, or a still image, which then lasts as long as its audio.
        window: instants per clip; the last clip may have fewer.
        rate: instants a second, the first one step after the first frame; None: one per frame, at its end.
        start_s, end_s: part of the video, on its clock.
        sound: a file whose audio replaces the video's own, both clocks starting together.
        sound_track: number of the sound track to use, from 1; default: the one that a player would play.
        mute: silence instead of any audio.
        sample_rate_hz: of the waveforms.

    Raises:
        NoAudioError: there is no sound track, and neither `sound` nor `mute` is given. DecodeError: not a media
            file, no video, or (with time_s, after all clips before that) a file that breaks. InputError: an empty
            part, a window or rate of zero, no track of this number.
    """
    if window < 1 or (rate is not None and rate <= 0):
        raise InputError(f"window is {window} and rate {rate}: give one instant at least, and more than 0 a second")
    path = Path(path)
    begin_s, stop_s = (None if time_s is None else Fraction(time_s) for time_s in (start_s, end_s))
    audio = None if mute else Path(sound or path)
    with ExitStack() as stack:
        reader = _open_audio(stack, audio, sample_rate_hz, begin_s, sound_track)
        duration_source = Path(sound) if sound else audio  # the same duration when muted
        frames = shown_frames(path, duration_source, begin_s, stop_s, sound_track)
        windows = WindowSchedule(None if rate is None else Fraction(rate), begin_s, stop_s).windows(frames)
        empty = True
        for clip in _clips(windows, reader, window):
            empty = False
            yield clip
        if empty:
            since = "its start" if begin_s is None else f"{float(begin_s):g} s"
            until = "its end" if stop_s is None else f"{float(stop_s):g} s"
            raise InputError(f"{path.name}: shows nothing from {since} to {until}: give times inside the video")
        if reader.error is not None:
            raise reader.error


def _open_audio(
    stack: ExitStack, audio: Path | None, sample_rate_hz: int, begin_s: Fraction | None, track: int | None
) -> AudioReader | SilentReader:
    """A reader of the audio, or of silence."""
    if audio is None:
        return SilentReader(sample_rate_hz)
    since_s = max((begin_s or Fraction(0)) - 1, Fraction(0))
    return stack.enter_context(AudioReader(audio, sample_rate_hz, since_s, track))


def shown_frames(
    path: Path,
    audio: Path | None,
    begin_s: Fraction | None = None,
    stop_s: Fraction | None = None,
    sound_track: int | None = None,
) -> Iterator[DisplayedFrame]:
    """The frames of a video; or a still image as a video that lasts as long as its audio (one second without).

    The last frame of a video is held while its own audio continues (see read_frames).

    Raises: as read_frames and probe_audio do.
    """
    with open_input(path) as container:
        still = is_still(container)
        has_audio = preferred_track(container) is not None
    if not still:
        own = probe_audio(path, sound_track) if has_audio and audio in (None, path) else None
        yield from read_frames(path, begin_s, stop_s, None if own is None else own.start_s + own.duration_s)
        return
    info = None if audio is None else probe_audio(audio, sound_track)
    lasts_s = Fraction(1) if info is None else info.start_s + info.duration_s
    (image,) = read_frames(path)
    for index in range(ceil(lasts_s * STILL_RATE)):
        time_s, end_s = Fraction(index, STILL_RATE), Fraction(index + 1, STILL_RATE)
        if end_s > (begin_s or 0) and (stop_s is None or time_s < stop_s):
            yield replace(image, time_s=time_s, end_s=min(end_s, lasts_s), pts=index, index=index)


def _clips(windows: Iterator[MediaWindow], reader: AudioReader | SilentReader, size: int) -> Iterator[Clip]:
    """Group windows into clips; where the file breaks, the windows so far make the last clip."""
    builder = _ClipBuilder(reader)
    try:
        for window in windows:
            builder.add(window)
            if len(builder.windows) == size:
                yield builder.clip()
                builder = _ClipBuilder(reader)
    except DecodeError:
        if builder.windows:
            yield builder.clip()
        raise
    if builder.windows:
        yield builder.clip()


class _ClipBuilder:
    """Collects windows for a clip: only their frames are converted to RGB, each once."""

    def __init__(self, reader: AudioReader | SilentReader) -> None:
        self.windows: list[MediaWindow] = []
        self._reader = reader
        self._frames: list[Rgb] = []
        self._seconds: list[Waveform] = []

    def add(self, window: MediaWindow) -> None:
        """Append a window's frame and its second of audio."""
        shown_before = bool(self.windows) and self.windows[-1].frame.decoded is window.frame.decoded
        self._frames.append(self._frames[-1] if shown_before else window.frame.rgb())
        self._seconds.append(self._reader.read(window.end_s - 1, self._reader.sample_rate_hz))
        self.windows.append(window)

    def clip(self) -> Clip:
        """The clip of the windows so far."""
        return Clip(
            frames=np.stack(self._frames),
            waveform=np.concatenate(self._seconds, axis=1),
            times_s=np.array([float(window.frame.time_s) for window in self.windows]),
            sample_rate_hz=self._reader.sample_rate_hz,
            pts=tuple(window.frame.pts for window in self.windows),
            frame_indices=tuple(window.frame.index for window in self.windows),
            short=tuple(window.short for window in self.windows),
            ends_s=tuple(float(window.end_s) for window in self.windows),
        )
