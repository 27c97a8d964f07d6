"""Finds where time stamps jump, and the correction that all tracks share from there on: arithmetic on stamps."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

FORWARD_JUMP_S = 10  # stamps of all tracks that leave out more have jumped (FFmpeg's dts_delta_threshold)
BACKWARD_JUMP_S = 0.5  # stamps of a track that go back by more begin anew; by less, they repeat what was there
SINGLE_TRACK_JUMP_S = (
    3600  # as FORWARD_JUMP_S, of a track while the others go on: a slide may stand, and sound may pause, for minutes
)
JOINT_JUMP_S = 2  # tracks that jump do so within this time
MAX_STRAY_PACKETS = 8  # so many wild stamps in a row are stray; after more of them the clock is another one
MAX_UNSTATED_DURATION_S = 0.04  # a last frame that does not say how long it lasts counts as so long at the most
LOOKAHEAD_PACKETS = 512  # among so many packets the tracks jump together
MAX_REORDERED_FRAMES = 16  # pictures at the most that are shown before one that is coded before them


class PacketTimes(NamedTuple):
    """The times of a packet of video or audio."""

    track: int
    number: int  # in its track
    at: int  # decoding stamp; this and the next two in the units of the walk
    step: int  # how long it lasts; where it does not say, as long as the shortest before it
    shown: int  # presentation stamp
    says_step: bool = True
    is_key: bool = True  # can be decoded without those before it


class LookaheadQueue:
    """Packets one after another, of which those to come can be looked at: only these are kept."""

    def __init__(self, packets: Iterable[PacketTimes]) -> None:
        self._source, self._ahead = iter(packets), deque[PacketTimes]()

    def __iter__(self) -> Iterator[PacketTimes]:
        """Each packet once."""
        while (packet := self._ahead.popleft() if self._ahead else next(self._source, None)) is not None:
            yield packet

    def ahead(self) -> Iterator[PacketTimes]:
        """The packets behind the one that was given last."""
        yield from tuple(self._ahead)
        for packet in self._source:
            self._ahead.append(packet)
            yield packet


@dataclass(slots=True)
class TimestampWalk:
    """A walk through the packets. Each stretch of the file has one correction; tracks enter it one after another."""

    packets: LookaheadQueue
    pictures: set[int]
    second: int  # units in a second
    corrections: list[int] = field(default_factory=lambda: [0])  # of each stretch
    stretch: dict[int, int] = field(default_factory=dict)  # by track: where it is
    last: dict[int, tuple[int, int]] = field(default_factory=dict)  # by track: its last stamp, put right, and step
    latest: int = 0  # stamp of all tracks, put right
    changes: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    ends: dict[int, tuple[int, int]] = field(default_factory=dict)  # by track: its latest frame, and that one's end
    jumps: list[int] = field(default_factory=list)

    def follow(self) -> None:
        """Fill changes, ends and jumps."""
        for packet in self.packets:
            found = self._stretch_of(packet)
            if found is None and (by := self._stray(packet)) is not None:
                self.jumps.append(packet.shown + by)
            else:
                self.stretch[packet.track] = self._begin(packet) if found is None else found
                by = self.corrections[self.stretch[packet.track]]
            self._put(packet, by)

    def _put(self, packet: PacketTimes, by: int) -> None:
        track, at = packet.track, packet.at + by
        changes = self.changes.setdefault(track, [])
        if by != (changes[-1][1] if changes else 0):
            changes.append((packet.number, by))
        self.latest = max(self.latest, at) if self.last else at
        self.last[track] = at, packet.step
        shown = packet.shown + by
        lasts = packet.step if packet.says_step else min(packet.step, round(MAX_UNSTATED_DURATION_S * self.second))
        self.ends[track] = max((shown, shown + lasts), self.ends.get(track, (shown, shown)))

    def _stretch_of(self, packet: PacketTimes) -> int | None:
        """The stretch that a packet belongs to: its track's own, or the next one if that has begun; None: neither."""
        own, newest = self.stretch.get(packet.track, 0), len(self.corrections) - 1
        is_new = packet.track not in self.last
        fits = is_new or self._goes_on(packet)
        if own == newest:
            return own if fits else None
        away, nearer = (abs(packet.at + self.corrections[at] - self.latest) for at in (own, newest))
        if fits and (away <= nearer or (packet.track in self.pictures and not is_new)):
            return own
        return newest if fits or nearer <= FORWARD_JUMP_S * self.second else None

    def _goes_on(self, packet: PacketTimes) -> bool:
        """Whether a packet follows the ones before it in its track's stretch."""
        return self._follows(packet.at + self.corrections[self.stretch[packet.track]], self.last[packet.track])

    def _follows(self, at: int, last: tuple[int, int]) -> bool:
        return last[0] - BACKWARD_JUMP_S * self.second <= at <= self.latest + FORWARD_JUMP_S * self.second

    def _stray(self, packet: PacketTimes) -> int | None:
        """The correction of a stray stamp: between its neighbours, if one of the next few goes on; else None."""
        last, _ = self.last[packet.track]
        after = (p for p in islice(self.packets.ahead(), LOOKAHEAD_PACKETS) if p.track == packet.track)
        for steps, other in zip(range(2, MAX_STRAY_PACKETS + 2), after, strict=False):
            if self._goes_on(other):
                return last + (other.at + self.corrections[self.stretch[packet.track]] - last) // steps - packet.at
        return None

    def _begin(self, packet: PacketTimes) -> int:
        """The stretch of a packet that fits nowhere: a new one, unless pictures or the sound alone pause."""
        own = self.stretch[packet.track]
        ahead = packet.at + self.corrections[own] - self.latest
        if FORWARD_JUMP_S * self.second < ahead and not self._others_jump(packet, ahead):
            return own
        begins, ends = self._anchor(packet)
        self.corrections.append(ends - begins)
        self.jumps.append(ends)
        return len(self.corrections) - 1

    def _anchor(self, packet: PacketTimes) -> tuple[int, int]:
        """The stamp at which the picture begins behind the jump, and the one at which it ends before: it goes on there.

        Where another recording begins, these are times of presentation, since it may reorder its pictures by more or
        less; where the clock alone is another one, times of decoding. Of sound that jumps without a picture, the same.
        """
        near = [packet, *islice(self.packets.ahead(), LOOKAHEAD_PACKETS - 1)]
        last = {track: at for track, at in self.last.items() if track in self.pictures}
        shown = {track: self.ends[track][0] for track in last}
        for place, other in enumerate(near):
            if (track := other.track) not in last:
                continue
            by = self.corrections[self.stretch[track]]
            if not self._follows(other.at + by, last[track]):
                if not other.is_key:
                    return other.at, sum(last[track])
                return self._first_shown(near[place:]), shown[track] + last[track][1]
            last[track] = other.at + by, other.step
            shown[track] = max(shown[track], other.shown + by)
        return self._first_shown(near), self.ends[packet.track][0] + self.last[packet.track][1]

    def _first_shown(self, packets: list[PacketTimes]) -> int:
        """The presentation stamp at which a track begins with these packets, which are in the order of decoding."""
        first = packets[0]
        coded = islice((packet.shown for packet in packets if packet.track == first.track), MAX_REORDERED_FRAMES)
        return min(shown for shown in coded if abs(shown - first.shown) <= self.second)

    def _others_jump(self, packet: PacketTimes, ahead: int) -> bool:
        """Whether sound jumps together with a picture, or the other way; of an hour, one track is enough."""
        is_picture = packet.track in self.pictures
        others = {track for track in self.last if (track in self.pictures) != is_picture}
        if ahead > SINGLE_TRACK_JUMP_S * self.second or not others:
            return ahead > SINGLE_TRACK_JUMP_S * self.second or not is_picture
        reached = self.latest
        for other in self.packets.ahead():
            if other.track in others:
                at = other.at + self.corrections[self.stretch[other.track]]
                if at > reached + FORWARD_JUMP_S * self.second:
                    return at <= self.latest + ahead + JOINT_JUMP_S * self.second
                reached = max(reached, at)
            if reached >= self.latest + ahead:
                break
        return False
