"""Phrases on sampled instruments: what is played is drawn from the path of the part, so each can be made alone."""

from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from ravs.data.library.builder.drum_patterns import cymbal_pattern, draw_strokes, drum_pattern
from ravs.data.library.builder.external_tools import ExternalTools
from ravs.data.library.builder.loudness import Mono
from ravs.data.library.builder.melodies import Note, draw_chords, draw_melody
from ravs.data.library.builder.midi import midi_file
from ravs.data.library.builder.parts_table import PartSource
from ravs.data.library.format import SAMPLE_RATE_HZ
from ravs.media import decode_channels

FLUIDSYNTH = "fluidsynth"
KIT_BANK, KIT_CHANNEL = 128, 9  # where General MIDI has its drum kits
DRUM_MANNERS = ("kit", "hand", "cymbal", "clash")
REVERB, PEDAL, VIBRATO, EXPRESSION = 91, 64, 1, 11  # MIDI controllers
FLUIDSYNTH_OPTIONS = ("-n", "-i", "-q", "-g", "0.6", "-R", "1", "-C", "0", "-o", "synth.dynamic-sample-loading=1")


def play_phrase(source: PartSource, folder: Path, programs: ExternalTools) -> Mono:
    """The phrase of a part whose source is SOUNDFONT!BANK:PROGRAM and whose `how` is "play MANNER LOW HIGH".

    Raises: UnavailableError if there is no fluidsynth.
    """
    soundfont, _, place = source.source.partition("!")
    bank, program = map(int, place.split(":"))
    _, manner, low, high = source.how.split()
    rng = Random(source.path)
    recorded = bank != KIT_BANK  # of a kit: it has a font of its own
    notes = draw_phrase(rng, manner, int(low), int(high), recorded)
    channel = KIT_CHANNEL if manner in DRUM_MANNERS and not recorded else 0
    return synthesize(midi_file(notes, channel, program, draw_controls(rng, manner)), folder / soundfont, programs)


def draw_phrase(rng: Random, manner: str, low: int, high: int, recorded: bool) -> list[Note]:
    """Notes in the manner of an instrument; low and high are the pitches it reaches, where it has any."""
    length_s = rng.uniform(1.6, 5.0)
    if manner == "kit":
        return drum_pattern(rng, length_s, recorded)
    if manner in ("cymbal", "clash"):
        return cymbal_pattern(rng, length_s, recorded, manner == "clash")
    if manner in ("struck", "hand"):
        return draw_strokes(rng, low, high, length_s)
    if manner == "keys" and rng.random() < 0.6:
        left = draw_chords(rng, low, high, length_s, 0.01)
        return left + (draw_melody(rng, min(high - 14, 60), high, length_s) if rng.random() < 0.4 else [])
    if manner == "strummed" and rng.random() < 0.55:
        return draw_chords(rng, low, high, length_s, 0.035)
    return draw_melody(rng, low, high, length_s)


def draw_controls(rng: Random, manner: str) -> list[tuple[int, int]]:
    """Room, vibrato, loudness and pedal."""
    chosen = [(REVERB, rng.choice([0, 0, 20, 45, 70])), (PEDAL, 0)]
    if manner == "sustained":
        chosen += [(VIBRATO, rng.choice([0, 0, 30, 70])), (EXPRESSION, rng.randint(90, 127))]
    if manner == "keys" and rng.random() < 0.4:
        chosen[1] = (PEDAL, 127)
    return chosen


def synthesize(midi: bytes, soundfont: Path, programs: ExternalTools) -> Mono:
    """What fluidsynth makes of a MIDI file, as one channel."""
    with TemporaryDirectory() as folder:
        score, sound = Path(folder, "phrase.mid"), Path(folder, "phrase.wav")
        score.write_bytes(midi)
        form = ("-r", str(SAMPLE_RATE_HZ), "-T", "wav", "-O", "float", "-F", str(sound))
        programs.run(FLUIDSYNTH, *FLUIDSYNTH_OPTIONS, *form, str(soundfont), str(score))
        samples: Mono = decode_channels(sound.read_bytes(), SAMPLE_RATE_HZ).mean(axis=0)
        return samples
