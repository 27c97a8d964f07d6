"""Phrases on sampled instruments, drawn from the path of the part, so that each can be made on its own."""

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
KIT_BANK, KIT_CHANNEL = 128, 9  # of drum kits in General MIDI
DRUM_MANNERS = ("kit", "hand", "cymbal", "clash")
REVERB, PEDAL, VIBRATO, EXPRESSION = 91, 64, 1, 11  # MIDI controllers
FLUIDSYNTH_OPTIONS = ("-n", "-i", "-q", "-g", "0.6", "-R", "1", "-C", "0", "-o", "synth.dynamic-sample-loading=1")


def play_phrase(source: PartSource, folder: Path, tools: ExternalTools) -> Mono:
    """Play the phrase of a part whose source is SOUNDFONT!BANK:PROGRAM and whose `how` is "play MANNER LOW HIGH".

    Raises: UnavailableError if there is no fluidsynth.
    """
    soundfont, _, preset = source.source.partition("!")
    bank, program = map(int, preset.split(":"))
    _, manner, low, high = source.how.split()
    rng = Random(source.path)
    recorded = bank != KIT_BANK  # of a kit: it has a sound font of its own
    notes = draw_phrase(rng, manner, int(low), int(high), recorded)
    channel = KIT_CHANNEL if manner in DRUM_MANNERS and not recorded else 0
    return synthesize(midi_file(notes, channel, program, draw_controls(rng, manner)), folder / soundfont, tools)


def draw_phrase(rng: Random, manner: str, low: int, high: int, recorded: bool) -> list[Note]:
    """Draw notes in the manner of an instrument; low and high bound its pitches, if it has any."""
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
    """Draw MIDI controllers: reverb, vibrato, expression and pedal."""
    chosen = [(REVERB, rng.choice([0, 0, 20, 45, 70])), (PEDAL, 0)]
    if manner == "sustained":
        chosen += [(VIBRATO, rng.choice([0, 0, 30, 70])), (EXPRESSION, rng.randint(90, 127))]
    if manner == "keys" and rng.random() < 0.4:
        chosen[1] = (PEDAL, 127)
    return chosen


def synthesize(midi: bytes, soundfont: Path, tools: ExternalTools) -> Mono:
    """Render a MIDI file with fluidsynth, as one channel."""
    with TemporaryDirectory() as folder:
        midi_path, wav_path = Path(folder, "phrase.mid"), Path(folder, "phrase.wav")
        midi_path.write_bytes(midi)
        output_options = ("-r", str(SAMPLE_RATE_HZ), "-T", "wav", "-O", "float", "-F", str(wav_path))
        tools.run(FLUIDSYNTH, *FLUIDSYNTH_OPTIONS, *output_options, str(soundfont), str(midi_path))
        samples: Mono = decode_channels(wav_path.read_bytes(), SAMPLE_RATE_HZ).mean(axis=0)
        return samples
