"""Melodies and chords for pitched instruments, drawn from a seed."""

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

SCALES = (
    (0, 2, 4, 5, 7, 9, 11),  # major
    (0, 2, 3, 5, 7, 8, 10),  # minor
    (0, 2, 4, 7, 9),  # pentatonic
    (0, 3, 5, 7, 10),
    (0, 2, 3, 5, 7, 9, 10),  # dorian
    (0, 1, 4, 5, 7, 8, 11),
    tuple(range(12)),
)
LINES = ("scale", "arpeggio", "walk", "walk", "repeat", "leap", "motif")
PATTERNS = ([1], [1], [2, 1, 1], [3, 1], [1.5, 0.5], [2, 2, 1, 1, 2], [1, 1, 4])  # lengths of beats
ARTICULATIONS = (0.4, 0.75, 0.95, 1.06)  # length of a note relative to its beat: from staccato to legato


class Note(NamedTuple):
    """One note of a phrase."""

    start_s: float
    length_s: float
    pitch: int  # MIDI
    velocity: int


class Beat(NamedTuple):
    """One beat of a rhythm."""

    start_s: float
    length_s: float


def draw_pitches(rng: Random, low: int, high: int) -> list[int]:
    """Draw the pitches of a scale within a part of the range."""
    span = min(high - low, rng.randint(10, 24))
    bottom = rng.randint(low, high - span)
    root, scale = rng.randrange(12), rng.choice(SCALES)
    return [pitch for pitch in range(bottom, bottom + span + 1) if (pitch - root) % 12 in scale]


def draw_contour(rng: Random, steps: int) -> Iterator[int]:
    """Draw an endless line of degrees between 0 and steps - 1."""
    kind = rng.choice(LINES)
    at, sign = rng.randrange(steps), rng.choice([-1, 1])
    motif = [rng.randint(-3, 3) for _ in range(rng.randint(3, 5))]
    turn = 0
    while True:
        yield at
        turn += 1
        if kind == "leap":
            at = rng.randrange(steps)
            continue
        # drawn at every step, whatever the kind: the sequence of draws decides the phrase
        walk = rng.choice([-2, -1, -1, 1, 1, 2])
        turned = rng.choice([-2, 1, 2]) if turn % 4 == 0 else 0
        strides = {"scale": sign, "arpeggio": 2 * sign, "walk": walk, "repeat": turned}
        stride = strides.get(kind, motif[turn % len(motif)])
        if not 0 <= at + stride < steps:
            sign, stride = -sign, -stride
        at = min(max(at + stride, 0), steps - 1)


def draw_rhythm(rng: Random, length_s: float) -> list[Beat]:
    """Draw beats of a pattern with occasional rests."""
    step = rng.choice([rng.uniform(0.12, 0.25), rng.uniform(0.25, 0.5), rng.uniform(0.5, 1.4)])
    pattern = rng.choice(PATTERNS)
    at, turn = 0.0, 0
    beats: list[Beat] = []
    while at < length_s:
        beat = step * pattern[turn % len(pattern)]
        if turn == 0 or rng.random() > 0.08:
            beats.append(Beat(at, min(beat, length_s - at + 0.2)))
        at += beat
        turn += 1
    return beats


def draw_velocities(rng: Random, count: int) -> list[int]:
    """Draw a velocity for each beat: accents on every fourth, a crescendo or decrescendo."""
    base, drift = rng.randint(58, 112), rng.choice([0, 0, 25, -25])
    velocities = []
    for index in range(count):
        accent = 8 if index % 4 == 0 else 0
        velocity = base + drift * (index / max(1, count - 1) - 0.5) + rng.gauss(0, 5) + accent
        velocities.append(min(127, max(30, round(velocity))))
    return velocities


def draw_melody(rng: Random, low: int, high: int, length_s: float) -> list[Note]:
    """Draw a monophonic line of notes."""
    pitches, beats = draw_pitches(rng, low, high), draw_rhythm(rng, length_s)
    touch = rng.choice(ARTICULATIONS)
    line = draw_contour(rng, len(pitches))
    loud = draw_velocities(rng, len(beats))
    return [
        Note(beat.start_s, beat.length_s * touch, pitches[next(line)], velocity)
        for beat, velocity in zip(beats, loud, strict=True)
    ]


def draw_chords(rng: Random, low: int, high: int, length_s: float, strum_s: float) -> list[Note]:
    """Draw chords of three to five notes of a scale: together, strummed or broken."""
    pitches, beats = draw_pitches(rng, low, high), draw_rhythm(rng, length_s)
    line, broken = draw_contour(rng, max(1, len(pitches) - 4)), rng.random() < 0.35
    size, spread = rng.randint(3, 5), rng.uniform(0, strum_s)
    notes = []
    for beat, velocity in zip(beats, draw_velocities(rng, len(beats)), strict=True):
        first = next(line)
        chord = pitches[first : first + 2 * size : 2] or pitches[-1:]
        gap = beat.length_s / len(chord) if broken else spread
        for index, pitch in enumerate(chord):
            length = gap * 1.5 if broken else beat.length_s * 0.95 - index * gap
            notes.append(Note(beat.start_s + index * gap, max(0.1, length), pitch, velocity))
    return notes
