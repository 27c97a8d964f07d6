import sys
from random import Random

import numpy as np
import pytest

from ravs.data.library.builder.debian_packages import DebianPackages
from ravs.data.library.builder.external_tools import ExternalTools
from ravs.data.library.builder.instruments import draw_controls, draw_phrase, play_phrase
from ravs.data.library.builder.parts_table import PartsTable

SYNTH = """#!{python}
import json, sys, wave
words = sys.argv[1:]
score = open(words[-1], "rb").read()
assert score.startswith(b"MThd") and words[-2].endswith("font.sf2")
with wave.open(words[words.index("-F") + 1], "wb") as file:
    file.setnchannels(2), file.setsampwidth(2), file.setframerate(int(words[words.index("-r") + 1]))
    file.writeframes(bytes([0, 64, 0, 64]) * 3200)
open({log!r}, "wb").write(score)
"""
MANNERS = ("sustained", "plucked", "strummed", "keys", "struck", "hand")
DRUMS = {35, 36, 38, 40, 41, 42, 43, 44, 45, 47, 48, 50}
CYMBALS = {49, 51, 52, 53, 55, 57, 60}


@pytest.mark.parametrize("manner", MANNERS)
def test_a_phrase_stays_in_the_range_of_its_instrument_and_in_five_seconds(manner):
    for number in range(40):
        notes = draw_phrase(Random(number), manner, 40, 79, False)
        assert notes
        for note in notes:
            assert 40 <= note.pitch <= 79 and 0 < note.velocity <= 127
            assert 0 <= note.start_s < 7 and note.length_s > 0  # broken chords may run over the end


def test_kits_play_drums_and_cymbal_parts_cymbals():
    for number in range(60):
        recorded = bool(number % 2)
        assert {note.pitch for note in draw_phrase(Random(number), "kit", 0, 0, recorded)} <= DRUMS
        assert {note.pitch for note in draw_phrase(Random(number), "cymbal", 0, 0, recorded)} <= CYMBALS
        assert {note.pitch for note in draw_phrase(Random(number), "clash", 0, 0, recorded)} <= {57, 59}


def test_a_path_decides_the_phrase():
    first, again, other = (draw_phrase(Random(seed), "keys", 28, 96, False) for seed in ("a.ogg", "a.ogg", "b.ogg"))
    assert first == again != other


def test_only_what_sustains_has_vibrato_and_only_keys_have_a_pedal():
    numbers = {manner: {number for number, _ in draw_controls(Random(1), manner)} for manner in ("sustained", "keys")}
    assert numbers == {"sustained": {91, 64, 1, 11}, "keys": {91, 64}}
    pedals = {dict(draw_controls(Random(seed), "keys"))[64] for seed in range(20)}
    assert pedals == {0, 127} and dict(draw_controls(Random(1), "sustained"))[64] == 0


def played(tmp_path, stand_ins, source, how):
    """The MIDI file that a part is played from, and its samples."""
    (stand_ins / "fluidsynth").write_text(SYNTH.format(python=sys.executable, log=str(tmp_path / "score")))
    (stand_ins / "fluidsynth").chmod(0o755)
    folder = tmp_path / "font"
    folder.mkdir()
    (folder / "parts.csv").write_text(
        "path,split,group,style,package,source,how,licence,author,sha256,sketch\n"
        f"sounds/drum/a.ogg,train,,,p,{source},{how},MIT,x,0,\n"
    )
    (folder / "packages.csv").write_text("package,version\np,1\n")
    (folder / "classes.csv").write_text("index,class,tier\n1,drum,A\n")
    (part,) = PartsTable.read(folder).sources
    samples = play_phrase(part, tmp_path, ExternalTools(DebianPackages(tmp_path)))
    return (tmp_path / "score").read_bytes(), samples


def test_a_phrase_is_played_by_the_program_on_the_font_of_its_package(tmp_path, stand_ins):
    score, samples = played(tmp_path, stand_ins, "usr/font.sf2!0:12", "play struck 40 50")
    assert samples.shape == (3200,) and np.ptp(samples) == 0 and samples[0] > 0.4
    assert bytes([0xC0, 12]) in score  # instrument 12 on the first channel


def test_a_general_kit_is_played_on_the_channel_of_drums(tmp_path, stand_ins):
    score, _ = played(tmp_path, stand_ins, "usr/font.sf2!128:8", "play kit 0 0")
    assert bytes([0xC9, 8]) in score


def test_a_kit_with_a_font_of_its_own_is_played_on_the_first_channel(tmp_path, stand_ins):
    score, _ = played(tmp_path, stand_ins, "usr/font.sf2!0:0", "play kit 0 0")
    assert bytes([0xC0, 0]) in score
