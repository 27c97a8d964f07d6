"""Patterns of drums and cymbals, drawn from a seed."""

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from ravs.data.library.builder.melodies import Note, draw_contour, draw_rhythm, draw_velocities

PATTERN_KINDS = ("rock", "rock", "funk", "toms", "roll", "march")
SNARE, KICK = 38, 36
RIDE, BELL, SPLASH = 51, 53, 55
MARCH = frozenset({0, 3, 4, 6, 8, 10, 11, 12, 14})  # sixteenths of a bar


class DrumKit(NamedTuple):
    """The drums of a kit that a pattern uses, and at which sixteenths of a bar."""

    kind: str
    tick_s: float
    kick: int
    snare: int
    hat: int | None
    kicks: frozenset[int]
    snares: frozenset[int]


def draw_strokes(rng: Random, low: int, high: int, length_s: float) -> list[Note]:
    """Strokes in a rhythm on one to three pitches, or a roll."""
    pitches = [rng.randint(low, high) for _ in range(rng.randint(1, 3))]
    if rng.random() < 0.35:
        gap = rng.uniform(0.055, 0.11)
        count = int(length_s / gap)
        return [
            Note(i * gap, gap, pitches[0], min(127, 50 + 60 * i // count + rng.randint(0, 12))) for i in range(count)
        ]
    beats = draw_rhythm(rng, length_s)
    loud = draw_velocities(rng, len(beats))
    return [Note(*beat, rng.choice(pitches), velocity) for beat, velocity in zip(beats, loud, strict=True)]


def drum_pattern(rng: Random, length_s: float, recorded: bool) -> list[Note]:
    """A bar of sixteenths on a drum kit, repeated with small changes; its only cymbal is the hi-hat.

    Args:
        recorded: for a kit with a sound font of its own: it has fewer toms than a General MIDI kit, and one kick.
    """
    toms = [41, 43, 45, 47] if recorded else [41, 43, 45, 47, 48, 50]
    kit = draw_kit(rng, recorded)
    line = draw_contour(rng, len(toms))
    notes: list[Note] = []
    for index in range(int(length_s / kit.tick_s)):
        at, place = index * kit.tick_s + abs(rng.gauss(0, 0.004)), index % 16
        loud = rng.randint(80, 120)
        if kit.kind == "toms":
            if rng.random() < 0.75:
                notes.append(Note(at, kit.tick_s, toms[next(line)], loud))
        elif kit.kind == "roll":
            accent = 35 if place % 4 == 0 else 0
            notes.append(Note(at, kit.tick_s, kit.snare, rng.randint(55, 75) + accent))
            notes.append(Note(at + kit.tick_s / 2, kit.tick_s, kit.snare, rng.randint(45, 65)))
        else:
            hits = list(_hits(rng, kit, place, loud))
            if place >= 12 and index >= 16 and rng.random() < 0.4:  # a fill at the end of a bar
                hits.append((toms[next(line)], loud))
            notes += [Note(at, kit.tick_s, pitch, velocity) for pitch, velocity in hits]
    return notes


def draw_kit(rng: Random, recorded: bool) -> DrumKit:
    """Draw which drums are played, and when."""
    kick = KICK if recorded else rng.choice([KICK - 1, KICK])
    snare = rng.choice([SNARE, SNARE, 40])
    tick_s = rng.uniform(0.09, 0.17)
    kind = rng.choice(PATTERN_KINDS)
    hat = rng.choice([None, 42, 42, 44]) if kind in ("rock", "funk") else None
    kicks = frozenset({0, 8}) if kind == "rock" else frozenset({0} | {rng.randrange(16) for _ in range(3)})
    return DrumKit(kind, tick_s, kick, snare, hat, kicks, MARCH if kind == "march" else frozenset({4, 12}))


def _hits(rng: Random, kit: DrumKit, place: int, loud: int) -> Iterator[tuple[int, int]]:
    """Pitch and velocity of each hit at one sixteenth."""
    if place in kit.kicks and kit.kind != "march":
        yield kit.kick, loud
    if place in kit.snares or (kit.kind == "funk" and rng.random() < 0.12):
        yield kit.snare, loud if place in (4, 12) else loud - 35
    if kit.hat and place % 2 == 0:
        yield kit.hat, rng.randint(45, 75)


def cymbal_pattern(rng: Random, length_s: float, recorded: bool, clash: bool) -> list[Note]:
    """Crashes, a ride pattern or a swell. An orchestra's kit (clash) has pairs of cymbals on 57 and 59 only."""
    crashes = [57, 59] if clash else [49, 57]
    some = ["crash", "crash", "swell"] if clash else ["crash", "crash", "ride", "ride", "swell", "splash", "mix"]
    kind = rng.choice(some)
    if kind == "swell":
        gap, pitch = rng.uniform(0.05, 0.09), rng.choice(crashes)
        count = int(rng.uniform(1.5, 3.0) / gap)
        rising = [Note(i * gap, gap, pitch, 25 + 80 * i // count) for i in range(count)]
        return [*rising, Note(count * gap, 1.5, pitch, 120)]
    if kind == "ride":
        return _ride(rng, length_s)
    choices = {"crash": crashes, "splash": [SPLASH], "mix": [49, 57, SPLASH, 60 if recorded else 52, RIDE]}[kind]
    at = 0.0
    notes: list[Note] = []
    while at < length_s - 0.5 or not notes:
        notes.append(Note(at, 1.0, rng.choice(choices), rng.randint(70, 125)))
        at += rng.choice([rng.uniform(0.3, 0.8), rng.uniform(0.8, 2.5)])
    return notes


def _ride(rng: Random, length_s: float) -> list[Note]:
    tick = rng.uniform(0.14, 0.28)
    accents = rng.choice([(0,), (0, 2, 3), (0, 3)])
    notes = []
    for index in range(int(length_s / tick)):
        if index % 4 in accents or rng.random() < 0.3:
            pitch = BELL if rng.random() < 0.1 else RIDE
            notes.append(Note(index * tick, tick, pitch, rng.randint(70, 110)))
    return notes
