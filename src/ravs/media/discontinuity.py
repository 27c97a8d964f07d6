"""Find where time stamps jump, and the correction that all tracks share from there on: arithmetic on stamps."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

FORWARD_JUMP_S = 10  # stamps that skip more in all tracks have jumped (FFmpeg's dts_delta_threshold)
BACKWARD_JUMP_S = 0.5  # stamps of a track that go back by more have jumped; by less, they repeat earlier ones
SINGLE_TRACK_JUMP_S = 3600  # the same for one track alone: a slide may stay, and audio may pause, for minutes
JOINT_JUMP_S = 2  # tracks that jump together do so within this time
MAX_STRAY_PACKETS = 8  # up to this many wild stamps in a row are stray; more are another clock
MAX_UNSTATED_DURATION_S = 0.04  # upper limit for a last frame without a stated duration
LOOKAHEAD_PACKETS = 512  # packets within which the tracks jump together
MAX_REORDERED_FRAMES = 16  # upper limit of frames coded after one that is shown after them


class PacketTimes(NamedTuple):
    """The time stamps of a video or audio packet."""

    track: int
    number: int  # in its track
    dts: int  # decoding time stamp; this and the next two in the units of the walk
    duration: int  # where none is stated, the shortest one before
    pts: int  # presentation time stamp
    has_duration: bool = True  # it is stated
    is_key: bool = True  # a key frame


class LookaheadQueue:
    """An iterator over packets with lookahead, which keeps only the packets looked at."""

    def __init__(self, packets: Iterable[PacketTimes]) -> None:
        self._source, self._ahead = iter(packets), deque[PacketTimes]()

    def __iter__(self) -> Iterator[PacketTimes]:
        """Yield each packet once."""
        while (packet := self._ahead.popleft() if self._ahead else next(self._source, None)) is not None:
            yield packet

    def ahead(self) -> Iterator[PacketTimes]:
        """The packets after the one that was yielded last."""
        yield from tuple(self._ahead)
        for packet in self._source:
            self._ahead.append(packet)
            yield packet


@dataclass(slots=True)
class TimestampWalk:
    """Walks through the packets. Each section of the file has one correction; tracks enter it one after another."""

    packets: LookaheadQueue
    video_tracks: set[int]
    second: int  # units in a second
    corrections: list[int] = field(default_factory=lambda: [0])  # by section
    section: dict[int, int] = field(default_factory=dict)  # by track: the section it is in
    last: dict[int, tuple[int, int]] = field(default_factory=dict)  # by track: its last stamp, corrected, and duration
    latest: int = 0  # of all tracks, corrected
    changes: dict[int, list[tuple[int, int]]] = field(default_factory=dict)  # by track: from which packet, by how much
    ends: dict[int, tuple[int, int]] = field(default_factory=dict)  # by track: its latest frame, and where that ends
    jumps: list[int] = field(default_factory=list)

    def follow(self) -> None:
        """Fill `changes`, `ends` and `jumps`."""
        for packet in self.packets:
            found = self._section_of(packet)
            if found is None and (by := self._stray(packet)) is not None:
                self.jumps.append(packet.pts + by)
            else:
                self.section[packet.track] = self._begin(packet) if found is None else found
                by = self.corrections[self.section[packet.track]]
            self._put(packet, by)

    def _put(self, packet: PacketTimes, by: int) -> None:
        track, at = packet.track, packet.dts + by
        changes = self.changes.setdefault(track, [])
        if by != (changes[-1][1] if changes else 0):
            changes.append((packet.number, by))
        self.latest = max(self.latest, at) if self.last else at
        self.last[track] = at, packet.duration
        shown = packet.pts + by
        longest = packet.duration if packet.has_duration else round(MAX_UNSTATED_DURATION_S * self.second)
        lasts = min(packet.duration, longest)
        self.ends[track] = max((shown, shown + lasts), self.ends.get(track, (shown, shown)))

    def _section_of(self, packet: PacketTimes) -> int | None:
        """The section that a packet belongs to: its track's own, or the newest if that has begun; None: neither."""
        own, newest = self.section.get(packet.track, 0), len(self.corrections) - 1
        is_new = packet.track not in self.last
        fits = is_new or self._continues(packet)
        if own == newest:
            return own if fits else None
        from_own, from_newest = (abs(packet.dts + self.corrections[n] - self.latest) for n in (own, newest))
        if fits and (from_own <= from_newest or (packet.track in self.video_tracks and not is_new)):
            return own
        return newest if fits or from_newest <= FORWARD_JUMP_S * self.second else None

    def _continues(self, packet: PacketTimes) -> bool:
        """Whether a packet continues its track in its section."""
        return self._follows(packet.dts + self.corrections[self.section[packet.track]], self.last[packet.track])

    def _follows(self, at: int, last: tuple[int, int]) -> bool:
        return last[0] - BACKWARD_JUMP_S * self.second <= at <= self.latest + FORWARD_JUMP_S * self.second

    def _stray(self, packet: PacketTimes) -> int | None:
        """The correction that puts a stray stamp between its neighbors, if one of the next few continues; else None."""
        last, _ = self.last[packet.track]
        after = (p for p in islice(self.packets.ahead(), LOOKAHEAD_PACKETS) if p.track == packet.track)
        for steps, other in zip(range(2, MAX_STRAY_PACKETS + 2), after, strict=False):
            if self._continues(other):
                return last + (other.dts + self.corrections[self.section[packet.track]] - last) // steps - packet.dts
        return None

    def _begin(self, packet: PacketTimes) -> int:
        """The section of a packet that fits nowhere: a new one, unless only video or only audio pauses."""
        own = self.section[packet.track]
        ahead = packet.dts + self.corrections[own] - self.latest
        if FORWARD_JUMP_S * self.second < ahead and not self._others_jump(packet, ahead):
            return own
        begins, ends = self._anchor(packet)
        self.corrections.append(ends - begins)
        self.jumps.append(ends)
        return len(self.corrections) - 1

    def _anchor(self, packet: PacketTimes) -> tuple[int, int]:
        """The stamp at which video starts after the jump, and the one at which it ended before, which is to follow.

        Where another recording starts, these are presentation times, since it may reorder its frames by more or less;
        where only the clock changes, decoding times. Audio that jumps without video is treated alike.
        """
        near = [packet, *islice(self.packets.ahead(), LOOKAHEAD_PACKETS - 1)]
        last = {track: at for track, at in self.last.items() if track in self.video_tracks}
        shown = {track: self.ends[track][0] for track in last}
        for place, other in enumerate(near):
            if (track := other.track) not in last:
                continue
            by = self.corrections[self.section[track]]
            if not self._follows(other.dts + by, last[track]):
                if not other.is_key:
                    return other.dts, sum(last[track])
                return self._first_shown(near[place:]), shown[track] + last[track][1]
            last[track] = other.dts + by, other.duration
            shown[track] = max(shown[track], other.pts + by)
        return self._first_shown(near), self.ends[packet.track][0] + self.last[packet.track][1]

    def _first_shown(self, packets: list[PacketTimes]) -> int:
        """The first presentation stamp of a track that starts with these packets, which are in decoding order."""
        first = packets[0]
        pts = islice((packet.pts for packet in packets if packet.track == first.track), MAX_REORDERED_FRAMES)
        return min(stamp for stamp in pts if abs(stamp - first.pts) <= self.second)

    def _others_jump(self, packet: PacketTimes, ahead: int) -> bool:
        """Whether audio jumps together with video, or video with audio; for a jump of an hour, one track is enough."""
        is_video = packet.track in self.video_tracks
        others = {track for track in self.last if (track in self.video_tracks) != is_video}
        if ahead > SINGLE_TRACK_JUMP_S * self.second or not others:
            return ahead > SINGLE_TRACK_JUMP_S * self.second or not is_video
        reached = self.latest
        for other in self.packets.ahead():
            if other.track in others:
                at = other.dts + self.corrections[self.section[other.track]]
                if at > reached + FORWARD_JUMP_S * self.second:
                    return at <= self.latest + ahead + JOINT_JUMP_S * self.second
                reached = max(reached, at)
            if reached >= self.latest + ahead:
                break
        return False
