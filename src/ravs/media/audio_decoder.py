"""Decode the audio of a file as chunks on the file's clock, resampled and mixed down to one or two channels."""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container.input import InputContainer

from ravs.errors import DecodeError
from ravs.media.audio_runs import AudioChunk, AudioRun
from ravs.media.audio_tracks import audio_stream
from ravs.media.channels import ChannelLayout, Samples, layout_of, read_layout
from ravs.media.container import (
    READ_ERRORS,
    can_seek,
    clock_zero_s,
    error_text,
    open_input,
    time_base,
    track_start_s,
)
from ravs.media.timestamps import demux

Waveform = Samples
TimedFrame = tuple[AudioFrame, Fraction]

PREROLL_S = 2  # audio decoded before the target of a seek, so that codecs with memory are in sync
STRAY_SKIP_S = 1  # a frame that skips more has a stray time stamp if the next frame lies before it
DAMAGED_SKIP_S = 3600  # a time stamp that skips more is damaged


@contextmanager
def open_audio(
    path: Path, sample_rate_hz: int, start_s: Fraction = Fraction(0), track: int | None = None
) -> Iterator[tuple[int, Iterator[AudioChunk]]]:
    """The number of channels that a file's audio is mixed down to, and its chunks in the order of time.

    One channel stays one; anything else becomes two. Chunks may overlap where time stamps repeat (the earlier counts),
    and begin at start_s or before. Iterating raises DecodeError (with time_s) where the file breaks, or a sample is
    not finite. The track is chosen as audio_stream does.

    Raises:
        NoAudioError: there is no sound track. InputError: none of this number. DecodeError: not a media file.
    """
    with open_input(path) as container:
        stream = audio_stream(container, path.name, track)
        layout = read_layout(stream)
        channels = 1 if len(layout.channels) == 1 else 2
        zero_s = clock_zero_s(container)
        if start_s > PREROLL_S and can_seek(container):
            container.seek(int((start_s - PREROLL_S + zero_s) / time_base(stream)), stream=stream)
        frames = correct_stray_stamps(decoded_frames(container, stream, path.name, zero_s))
        chunks = _clip_samples(_chunks(frames, path.name, layout, sample_rate_hz, channels), path.name, sample_rate_hz)
        yield channels, _trim(chunks, _declared_end(container, stream, zero_s, sample_rate_hz))


def _chunks(
    frames: Iterator[TimedFrame], name: str, layout: ChannelLayout, sample_rate_hz: int, channels: int
) -> Iterator[AudioChunk]:
    """Resampled chunks of a track, one gapless run after another."""
    run: AudioRun | None = None
    try:
        for frame, at_s in frames:
            if run is None or not run.continues(frame, at_s):
                if run is not None:
                    yield from run.push(None)
                run = AudioRun(frame, layout_of(frame, layout), at_s, sample_rate_hz, channels)
            yield from run.push(frame, at_s)
        if run is not None:
            yield from run.push(None)
    except av.error.FFmpegError as error:
        raise DecodeError(f"{name}: its {layout.name} audio cannot be mixed ({error_text(error)}).") from error


def _clip_samples(chunks: Iterator[AudioChunk], name: str, sample_rate_hz: int) -> Iterator[AudioChunk]:
    """Chunks clipped to [-1, 1]. Raises: DecodeError for a sample that is not finite."""
    for chunk in chunks:
        check_finite(chunk.samples, name, chunk.first / sample_rate_hz, sample_rate_hz)
        yield AudioChunk(chunk.first, np.clip(chunk.samples, -1.0, 1.0))


def check_finite(samples: Samples, name: str, at_s: float, sample_rate_hz: int) -> None:
    """Raise DecodeError, with its time_s, for a NaN or an infinity among samples that are not clipped yet.

    Args:
        samples: resampled, which spreads a NaN over its neighbors.
        name: of the file.
        at_s: time of the first sample.
    """
    finite = np.isfinite(samples)
    if finite.all():
        return
    time_s = at_s + int((~finite).any(axis=0).argmax()) / sample_rate_hz
    error = DecodeError(
        f"{name}: the audio has a sample that is not finite (NaN or infinity) at {time_s:.3f} s: replace such samples "
        "by zeros, or fetch the file again"
    )
    error.time_s = time_s
    raise error


def _declared_end(container: InputContainer, stream: AudioStream, zero_s: Fraction, sample_rate_hz: int) -> int | None:
    """The sample at which the track's header says it ends, if reliable: encoders pad their last frame."""
    if not can_seek(container) or stream.duration is None:
        return None
    return round((track_start_s(stream) + stream.duration * time_base(stream) - zero_s) * sample_rate_hz)


def _trim(chunks: Iterator[AudioChunk], end: int | None) -> Iterator[AudioChunk]:
    """Chunks without samples beyond the end."""
    for chunk in chunks:
        kept = chunk.samples if end is None else chunk.samples[:, : max(end - chunk.first, 0)]
        if kept.shape[1]:
            yield AudioChunk(chunk.first, kept)


def decoded_frames(container: InputContainer, stream: AudioStream, name: str, zero_s: Fraction) -> Iterator[TimedFrame]:
    """Decoded audio frames with their time on the file's clock. A packet that cannot be decoded leaves a gap."""
    next_s: Fraction | None = None
    try:
        for packet in demux(container, stream):
            for frame, at_s in with_times(_decoded(packet), time_base(stream), zero_s, next_s):
                yield frame, at_s
                next_s = at_s + _length_s(frame)
    except READ_ERRORS as error:
        at_s = next_s or Fraction(0)
        broken = DecodeError(f"{name}: the audio cannot be decoded after {float(at_s):.1f} s ({error_text(error)}).")
        broken.time_s = float(at_s)
        raise broken from error


def correct_stray_stamps(frames: Iterator[TimedFrame]) -> Iterator[TimedFrame]:
    """Frames in which a single time stamp far ahead is replaced by the end of the frame before it; gaps stay."""
    held: TimedFrame | None = None
    next_s: Fraction | None = None
    for frame, at_s in frames:
        if held is not None and next_s is not None:
            held_s = next_s if at_s < held[1] else held[1]
            yield held[0], held_s
            next_s = held_s + _length_s(held[0])
        is_far = next_s is not None and at_s > next_s + STRAY_SKIP_S
        held = (frame, at_s) if is_far else None
        if held is None:
            yield frame, at_s
            next_s = at_s + _length_s(frame)
    if held is not None:
        yield held


def with_times(
    frames: list[AudioFrame], step_s: Fraction, zero_s: Fraction, next_s: Fraction | None
) -> Iterator[TimedFrame]:
    """Frames of one packet with their time on the clock; next_s is where the frame before them ended, if there is one.

    A frame without a time stamp, or with one that is impossibly late, follows the frame before it.
    """
    for frame in frames:
        at_s = None if frame.pts is None else frame.pts * step_s - zero_s
        if at_s is None or (next_s is not None and at_s > next_s + DAMAGED_SKIP_S):
            at_s = next_s or Fraction(0)
        yield frame, at_s
        next_s = at_s + _length_s(frame)


def _length_s(frame: AudioFrame) -> Fraction:
    return Fraction(frame.samples, frame.sample_rate)


def _decoded(packet: "av.Packet[AudioStream]") -> list[AudioFrame]:
    """The frames of a packet, none if it is damaged."""
    try:
        return packet.decode()
    except av.error.FFmpegError:
        return []
