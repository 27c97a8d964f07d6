"""Time stamps that jump (joined MPEG-TS, VOB, FLV): one scan of all packets, one correction for all tracks."""

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from functools import lru_cache
from itertools import count
from math import lcm
from pathlib import Path
from typing import Any, NamedTuple

import av
from av.audio.stream import AudioStream
from av.container.input import InputContainer
from av.video.stream import VideoStream

from ravs.media.container import READ_ERRORS, open_input, time_base
from ravs.media.discontinuity import FORWARD_JUMP_S, LookaheadQueue, PacketTimes, TimestampWalk

AVFMT_TS_DISCONT = 1 << 9  # FFmpeg's flag of containers whose time stamps may jump
JUMPING_FORMATS = frozenset({"flv"})  # others whose time stamps do


class TimestampCorrections(NamedTuple):
    """The corrections of a file's time stamps. Empty for a file whose stamps do not jump."""

    shifts: dict[int, list[tuple[int, int]]]  # by stream: from which packet on, and by how many steps of its time base
    ends_s: dict[int, Fraction]  # by stream: the corrected stamp at which its last packet ends
    jumps_s: tuple[Fraction, ...]  # the corrected stamps at which they jump


def timestamp_corrections(container: InputContainer) -> TimestampCorrections:
    """The corrections of a file; nothing is read where its container guarantees stamps without jumps.

    A jump is where the stamps of a stream go back by more than 0.5 s, or where video and audio both skip more than
    10 s (only one of them: an hour). What follows is timed as if the video continued without a break, and its audio is
    moved by as much. Stray stamps (at most 8 in a row) are put between their neighbors.
    """
    return scan_packets(container) if may_jump(container) else TimestampCorrections({}, {}, ())


def may_jump(container: InputContainer) -> bool:
    """Whether the time stamps of a container may jump."""
    return container.format.name in JUMPING_FORMATS or bool(int(container.format.flags) & AVFMT_TS_DISCONT)


def scan_packets(container: InputContainer) -> TimestampCorrections:
    """The corrections of a file and where its streams end, whatever its container; cached until the file changes."""
    path = Path(container.name)
    facts = path.stat()
    return _scan(path, facts.st_size, facts.st_mtime_ns)


def demux(container: InputContainer, stream: VideoStream | AudioStream) -> "Iterator[av.Packet[Any]]":
    """The packets of one stream from the container's beginning on, with corrected stamps; raises as demuxing does.

    An impossible presentation stamp is removed.
    """
    changes = iter(timestamp_corrections(container).shifts.get(stream.index, ()))
    shift, coming, may_stray = 0, next(changes, None), may_jump(container)
    for number, packet in enumerate(container.demux(stream)):
        if may_stray and _has_damaged_pts(packet):
            packet.pts = None
        while coming is not None and coming[0] <= number:
            shift, coming = coming[1], next(changes, None)
        if shift and packet.dts is not None:
            packet.dts += shift
        if shift and packet.pts is not None:
            packet.pts += shift
        yield packet


@lru_cache(maxsize=32)
def _scan(path: Path, size: int, changed_ns: int) -> TimestampCorrections:
    with open_input(path) as container:
        videos = {stream.index for stream in container.streams.video}
        tracks: list[VideoStream | AudioStream] = [*container.streams.video, *container.streams.audio]
        bases = {stream.index: time_base(stream) for stream in tracks}
        second = lcm(*(base.denominator for base in bases.values()))  # a unit in which all stamps are integers
        packets = _packets(container, {track: int(base * second) for track, base in bases.items()})
        walk = TimestampWalk(LookaheadQueue(packets), videos, second)
        walk.follow()
    shifts = {
        track: [(number, round(Fraction(by, second) / bases[track])) for number, by in changes]
        for track, changes in walk.changes.items()
    }
    ends_s = {track: Fraction(end, second) for track, (_, end) in walk.ends.items()}
    return TimestampCorrections(shifts, ends_s, tuple(Fraction(at, second) for at in walk.jumps))


def _has_damaged_pts(packet: "av.Packet[Any]") -> bool:
    """Whether a packet's presentation time is impossibly far from its decoding time."""
    if packet.pts is None or packet.dts is None:
        return False
    return abs(packet.pts - packet.dts) * Fraction(packet.time_base) > FORWARD_JUMP_S


def _packets(container: InputContainer, units: dict[int, int]) -> Iterator[PacketTimes]:
    """Every video and audio packet with a time stamp, in the order of the file, as far as it can be read."""
    numbers = {track: count() for track in units}
    before, shortest, delay = dict[int, int](), dict[int, int](), dict[int, int]()
    with suppress(*READ_ERRORS):  # reading the stream will report it
        for packet in container.demux(*container.streams.video, *container.streams.audio):
            track = packet.stream_index
            if track not in units:  # one that a damaged file gains while it is read
                continue
            number, stamp = next(numbers[track]), packet.pts if packet.dts is None else packet.dts
            if stamp is None:
                continue
            shown = stamp if packet.pts is None else packet.pts
            if _has_damaged_pts(packet):
                shown = stamp + delay.get(track, 0)
            delay[track] = max(shown - stamp, delay.get(track, 0))
            at, shown = stamp * units[track], shown * units[track]
            if (gap := at - before.get(track, at)) > 0:
                shortest[track] = min(gap, shortest.get(track, gap))
            before[track] = at
            lasts = (packet.duration or 0) * units[track]
            step = lasts or shortest.get(track, 0)
            yield PacketTimes(track, number, at, step, shown, bool(lasts), bool(packet.is_keyframe))
