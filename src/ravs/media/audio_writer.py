"""The audio of a video that is being written: packets copied as they are, or samples encoded as AAC or Opus."""

from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction
from itertools import count
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container.output import OutputContainer

from ravs.media.audio_decoder import Waveform
from ravs.media.audio_reader import AudioReader
from ravs.media.audio_tracks import audio_stream
from ravs.media.container import open_input
from ravs.media.stream_copy import TimedPacket, can_copy, copied_packets
from ravs.media.video_formats import VideoFormat

BITEXACT = 1 << 23  # AV_CODEC_FLAG_BITEXACT: no version, no date, so the same input gives the same bytes
BLOCK_SAMPLES = 1024  # a frame of AAC


class AudioTrackWriter:
    """Writes audio packets in the order of time, interleaved with the video."""

    def __init__(self, container: OutputContainer, packets: Iterator[TimedPacket]) -> None:
        """Write these packets, which come with their start times."""
        self._container = container
        self._packets = packets
        self._held: TimedPacket | None = None

    def advance(self, until_s: Fraction | None) -> None:
        """Write packets that start before this time; None: all that are left."""
        while (held := self._held or next(self._packets, None)) is not None:
            self._held = held
            if until_s is not None and held[0] >= until_s:
                return
            self._container.mux(held[1])
            self._held = None


def open_audio_track(
    stack: ExitStack,
    container: OutputContainer,
    target: VideoFormat,
    sound: Path | tuple[Waveform, int] | None,
    part_s: tuple[Fraction, Fraction] | None,
    number: int | None = None,
) -> AudioTrackWriter:
    """Add an audio track to a container; the source file stays open until the stack is closed."""
    if sound is None:
        return AudioTrackWriter(container, iter(()))
    if not isinstance(sound, Path):
        return _encoded(container, target.audio_encoder, _blocks(*sound), sound[0].shape[0], sound[1])
    source = stack.enter_context(open_input(sound))
    stream = audio_stream(source, sound.name, number)
    if part_s is None and can_copy(sound, target, number):
        return AudioTrackWriter(container, copied_packets(source, stream, container))
    rates_hz = target.audio_rates_hz
    rate_hz = next((rate for rate in rates_hz if rate <= stream.codec_context.sample_rate), rates_hz[-1])
    reader = stack.enter_context(AudioReader(sound, rate_hz, part_s[0] if part_s else Fraction(0), number))
    return _encoded(container, target.audio_encoder, _read_blocks(reader, part_s), reader.channels, rate_hz)


def _encoded(
    container: OutputContainer, encoder: str, blocks: Iterator[Waveform], channels: int, rate_hz: int
) -> AudioTrackWriter:
    """Blocks of samples, encoded, the first one at time zero."""
    layout = "mono" if channels == 1 else "stereo"
    track = cast(AudioStream, container.add_stream(encoder, rate=rate_hz, layout=layout))
    track.bit_rate = 96_000 if channels == 2 else 64_000
    track.codec_context.flags |= BITEXACT
    base_s = Fraction(1, rate_hz)

    def timed(encoded: "list[av.Packet[AudioStream]]") -> Iterator[TimedPacket]:
        yield from (((packet.pts or 0) * Fraction(packet.time_base), packet) for packet in encoded)

    def packets() -> Iterator[TimedPacket]:
        at = 0
        for block in blocks:
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block), format="fltp", layout=layout)
            frame.sample_rate, frame.time_base, frame.pts = rate_hz, base_s, at
            at += block.shape[1]
            yield from timed(track.encode(frame))
        yield from timed(track.encode(None))

    return AudioTrackWriter(container, packets())


def _blocks(waveform: Waveform, rate_hz: int) -> Iterator[Waveform]:
    """A waveform cut to the encoder's frames."""
    for first in range(0, waveform.shape[1], BLOCK_SAMPLES):
        yield waveform[:, first : first + BLOCK_SAMPLES]


def _read_blocks(reader: AudioReader, part_s: tuple[Fraction, Fraction] | None) -> Iterator[Waveform]:
    """A file's audio cut to the encoder's frames: a part padded to its end, or all of it."""
    rate_hz = reader.sample_rate_hz
    first = round(part_s[0] * rate_hz) if part_s else 0
    stop = round(part_s[1] * rate_hz) if part_s else None
    for at in count(first, BLOCK_SAMPLES):
        wanted = BLOCK_SAMPLES if stop is None else min(BLOCK_SAMPLES, stop - at)
        block = reader.read(Fraction(at, rate_hz), wanted) if wanted > 0 else np.zeros((1, 0), np.float32)
        if stop is None:
            block = block[:, : max(reader.end - at, 0)]
        if block.shape[1]:
            yield block
        if block.shape[1] < BLOCK_SAMPLES:
            return
