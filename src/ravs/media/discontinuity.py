"""Where time stamps jump, and the one correction that all tracks then need: arithmetic on a file's stamps."""

from dataclasses import dataclass, field
from typing import NamedTuple

AHEAD_S = 10  # stamps of all tracks that leave out more have jumped (FFmpeg's dts_delta_threshold)
BACK_S = 0.5  # stamps of a track that go back by more begin anew; by less, they repeat what was there
ALONE_S = 3600  # as AHEAD_S, of a track while the others go on: a slide may stand, and sound may pause, for minutes
TOGETHER_S = 2  # tracks that jump do so within this time
STRAY = 8  # so many wild stamps in a row are stray; after more of them the clock is another one
UNSAID_S = 0.04  # a last frame that does not say how long it lasts counts as so long at the most
NEAR = 512  # among so many packets the tracks jump together


class Packet(NamedTuple):
    """What a packet of picture or sound says of its time."""

    track: int
    number: int  # in its track
    at: int  # decoding stamp; this and the next two in the units of the walk
    step: int  # how long it lasts; where it does not say, as long as the shortest before it
    shown: int  # presentation stamp
    says_step: bool = True


@dataclass(slots=True)
class Walk:
    """A walk through the packets. Each stretch of the file has one correction; tracks enter it one after another."""

    packets: list[Packet]
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
        for place, packet in enumerate(self.packets):
            found = self._stretch_of(packet)
            if found is None and (by := self._stray(place)) is not None:
                self.jumps.append(packet.shown + by)
            else:
                self.stretch[packet.track] = self._begin(place) if found is None else found
                by = self.corrections[self.stretch[packet.track]]
            self._put(packet, by)

    def _put(self, packet: Packet, by: int) -> None:
        track, at = packet.track, packet.at + by
        changes = self.changes.setdefault(track, [])
        if by != (changes[-1][1] if changes else 0):
            changes.append((packet.number, by))
        self.latest = max(self.latest, at) if self.last else at
        self.last[track] = at, packet.step
        shown = packet.shown + by
        lasts = packet.step if packet.says_step else min(packet.step, round(UNSAID_S * self.second))
        self.ends[track] = max((shown, shown + lasts), self.ends.get(track, (shown, shown)))

    def _stretch_of(self, packet: Packet) -> int | None:
        """The stretch that a packet belongs to: its track's own, or the next one if that has begun; None: neither."""
        own, newest = self.stretch.get(packet.track, 0), len(self.corrections) - 1
        is_new = packet.track not in self.last
        fits = is_new or self._goes_on(packet)
        if own == newest:
            return own if fits else None
        away, nearer = (abs(packet.at + self.corrections[at] - self.latest) for at in (own, newest))
        if fits and (away <= nearer or (packet.track in self.pictures and not is_new)):
            return own
        return newest if fits or nearer <= AHEAD_S * self.second else None

    def _goes_on(self, packet: Packet) -> bool:
        """Whether a packet follows the ones before it in its track's stretch."""
        return self._follows(packet.at + self.corrections[self.stretch[packet.track]], self.last[packet.track])

    def _follows(self, at: int, last: tuple[int, int]) -> bool:
        return last[0] - BACK_S * self.second <= at <= self.latest + AHEAD_S * self.second

    def _stray(self, place: int) -> int | None:
        """The correction of a stray stamp: between its neighbours, if one of the next few goes on; else None."""
        packet = self.packets[place]
        last, _ = self.last[packet.track]
        after = (p for p in self.packets[place + 1 : place + 1 + NEAR] if p.track == packet.track)
        for steps, other in zip(range(2, STRAY + 2), after, strict=False):
            if self._goes_on(other):
                return last + (other.at + self.corrections[self.stretch[packet.track]] - last) // steps - packet.at
        return None

    def _begin(self, place: int) -> int:
        """The stretch of a packet that fits nowhere: a new one, unless pictures or the sound alone pause."""
        packet = self.packets[place]
        own = self.stretch[packet.track]
        ahead = packet.at + self.corrections[own] - self.latest
        if AHEAD_S * self.second < ahead and not self._others_jump(place, ahead):
            return own
        anchor, end = self._anchor(place)
        self.corrections.append(end - anchor.at)
        self.jumps.append(anchor.shown + self.corrections[-1])
        return len(self.corrections) - 1

    def _anchor(self, place: int) -> tuple[Packet, int]:
        """The picture's first packet behind the jump, and where the one before it ends: it must go on there."""
        last = {track: at for track, at in self.last.items() if track in self.pictures}
        for packet in self.packets[place : place + NEAR]:
            if packet.track not in last:
                continue
            at = packet.at + self.corrections[self.stretch[packet.track]]
            if not self._follows(at, last[packet.track]):
                return packet, sum(last[packet.track])
            last[packet.track] = at, packet.step
        packet = self.packets[place]  # no picture jumps with the sound
        return packet, sum(self.last[packet.track])

    def _others_jump(self, place: int, ahead: int) -> bool:
        """Whether sound jumps together with a picture, or the other way; of an hour, one track is enough."""
        is_picture = self.packets[place].track in self.pictures
        others = {track for track in self.last if (track in self.pictures) != is_picture}
        if ahead > ALONE_S * self.second or not others:
            return ahead > ALONE_S * self.second or not is_picture
        reached = self.latest
        for packet in self.packets[place + 1 :]:
            if packet.track in others:
                at = packet.at + self.corrections[self.stretch[packet.track]]
                if at > reached + AHEAD_S * self.second:
                    return at <= self.latest + ahead + TOGETHER_S * self.second
                reached = max(reached, at)
            if reached >= self.latest + ahead:
                break
        return False
