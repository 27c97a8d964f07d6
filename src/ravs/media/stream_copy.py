"""Stream copy of audio into a video: whether its packets can be copied, and their new time stamps."""

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container.input import InputContainer
from av.container.output import OutputContainer

from ravs.media.audio_decoder import with_times
from ravs.media.audio_runs import FrameSequence
from ravs.media.audio_tracks import audio_stream
from ravs.media.channels import read_layout
from ravs.media.container import READ_ERRORS, clock_zero_s, open_input
from ravs.media.timestamps import demux
from ravs.media.video_formats import VideoFormat

TimedPacket = tuple[Fraction, "av.Packet[AudioStream]"]


class NullFile:
    """A file object that discards what is written to it."""

    def __init__(self) -> None:
        self._at = self._end = 0

    def write(self, data: bytes) -> int:
        """Count the bytes."""
        self._at += len(data)
        self._end = max(self._end, self._at)
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move the position and return it."""
        self._at = offset + (0, self._at, self._end)[whence]
        return self._at

    def tell(self) -> int:
        """The position."""
        return self._at


def can_copy(path: Path, target: VideoFormat, number: int | None = None) -> bool:
    """Whether a format can take a file's audio packet by packet, by a trial mux and by decoding.

    The muxer must accept every packet (that of mp4 refuses MP3 below 16 kHz, and time stamps that do not rise), and the
    decoded audio must be one run: a track has one sample rate and one layout, and players ignore gaps in it.

    Raises: as audio_stream does.
    """
    with open_input(path) as source:
        stream = audio_stream(source, path.name, number)
        if stream.codec_context.codec.canonical_name not in target.audio_codecs:
            return False
        try:
            with av.open(NullFile(), "w", format=target.container) as sink:
                track, zero_s = sink.add_stream_from_template(stream), clock_zero_s(source)
                read_layout(stream)
                return _is_accepted(demux(source, stream), FrameSequence(), sink, track, zero_s)
        except (*READ_ERRORS, ValueError):
            return False


def _is_accepted(
    packets: "Iterator[av.Packet[AudioStream]]",
    run: FrameSequence,
    sink: OutputContainer,
    track: AudioStream,
    zero_s: Fraction,
) -> bool:
    """Whether these packets are muxed without an error and make one run, which is not empty."""
    for packet in packets:
        for frame, at_s in with_times(packet.decode(), Fraction(packet.time_base), zero_s, run.next_s):
            if not run.continues(frame, at_s):
                return False
            run.add(frame, at_s)
        if packet.size:
            sink.mux(retimed(packet, track, zero_s)[1])
    return run.next_s is not None


def copied_packets(source: InputContainer, stream: AudioStream, sink: OutputContainer) -> Iterator[TimedPacket]:
    """A track's packets, retimed for a new track of a container, with their start times on the source's clock."""
    track, zero_s = sink.add_stream_from_template(stream), clock_zero_s(source)

    def packets() -> Iterator[TimedPacket]:
        with suppress(*READ_ERRORS):  # audio that breaks off ends there; reading the frames reports it
            yield from (retimed(packet, track, zero_s) for packet in demux(source, stream) if packet.size)

    return packets()


def retimed(packet: "av.Packet[AudioStream]", track: AudioStream, zero_s: Fraction) -> TimedPacket:
    """A packet of a new track whose clock is zero at this time stamp. Raises: ValueError if it has no stamp."""
    if packet.dts is None:
        raise ValueError("a packet has no time stamp")
    at_s = packet.dts * Fraction(packet.time_base) - zero_s
    packet.dts -= round(zero_s / Fraction(packet.time_base))
    packet.pts = packet.dts
    packet.stream = track
    return at_s, packet
