"""Sounds of 1 to 24 channels, with names in any order and without."""

import json
import subprocess
import sys

import numpy as np
import pytest

from ravs.media import decode_channels, probe_sound, read_sound
from support.layouts import QUICKTIME, STEP, write_labelled, write_layout

LEFT, RIGHT = ("FL", "FLC", "BL", "SL", "TFL", "TBL", "WL"), ("FR", "FRC", "BR", "SR", "TFR", "TBR", "WR")
CUSTOMARY = {  # what so many channels without names are taken for
    1: "FC", 2: "FL FR", 3: "FL FR LFE", 4: "FL FR FC BC", 5: "FL FR FC BL BR", 6: "FL FR FC LFE BL BR",
    7: "FL FR FC LFE BC SL SR", 8: "FL FR FC LFE BL BR SL SR",
}  # fmt: skip
ORDERS = {
    "right_first": ["FR", "FL"],
    "sides_first": ["FL", "FR", "FC", "LFE", "SL", "SR", "BL", "BR"],
    "two_unnamed": ["FL", "FR", "UNK", "UNK"],
    "one_unused": ["FL", "FR", "UNSD"],
    "twice": ["FL", "FR", "FL", "FR"],
    "one_side": ["FL", "BL"],
    "none_known": ["UNK"] * 10,
}
PROGRAM = """
import json, sys
from pathlib import Path
from ravs.media import decode_channels, decode_mono, probe_sound, read_sound
for path in map(Path, sys.argv[1:]):
    count, heard, content = probe_sound(path).channels, read_sound(path, 16000), path.read_bytes()
    coded, mono = decode_channels(content, 16000), decode_mono(content, 16000)
    found = [sound[:, 1000].tolist() for sound in (heard, coded, mono[None])]
    print(json.dumps([path.name, count, *found]), flush=True)
"""


def mixed(names):
    """What both sides hear of channels that are 1, 2, 3, … steps loud, by ITU-R BS.775; without names, the mean."""
    levels = STEP * np.arange(1, len(names) + 1)
    if len(names) == 1:
        return [levels[0]]
    if not set(names) - {"UNK"}:
        return [levels.mean()] * 2
    gains = {"FL": 1, "FR": 1, "FLC": 1, "FRC": 1, "BC": 0.5, "LFE": 0, "UNSD": 0}
    gained = [(name, gains.get(name, 2**-0.5) * level) for name, level in zip(names, levels, strict=True)]
    return [sum(level for name, level in gained if name not in other) for other in (RIGHT, LEFT)]


@pytest.fixture(scope="module")
def cases(tmp_path_factory):
    """The names of each file's channels."""
    folder, found = tmp_path_factory.mktemp("layouts"), {}
    for count in range(1, 25):
        names = CUSTOMARY[count].split() if count in CUSTOMARY else ["UNK"] * count
        found[write_layout(folder / f"{count}.wav", f"{count} channels", count)] = names
    for count in range(1, 21):
        found[write_labelled(folder / f"{count}.mov", list(QUICKTIME)[:count])] = list(QUICKTIME)[:count]
        found[write_labelled(folder / f"back_{count}.mov", list(QUICKTIME)[:count][::-1])] = list(QUICKTIME)[:count][
            ::-1
        ]
    for title, names in ORDERS.items():
        found[write_labelled(folder / f"{title}.mov", names)] = names
    return found


def test_any_number_of_channels_in_any_order_is_heard_and_ends_no_process(cases):
    run = subprocess.run([sys.executable, "-c", PROGRAM, *cases], capture_output=True, text=True, check=False)
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    assert (run.returncode, len(lines)) == (0, len(cases)), (run.stderr[-300:], lines[-1:])
    for (name, count, heard, coded, mono), names in zip(lines, cases.values(), strict=True):
        assert count == len(names), name
        np.testing.assert_allclose(coded, STEP * np.arange(1, count + 1), atol=1e-4, err_msg=name)
        np.testing.assert_allclose(heard, mixed(names), atol=2e-4, err_msg=name)
        assert mono[0] >= max(heard) / 2, name


def test_a_wav_and_a_quicktime_file_of_the_same_channels_in_another_order_sound_the_same(tmp_path):
    ours = write_labelled(tmp_path / "a.mov", ORDERS["sides_first"])
    assert probe_sound(ours).layout == "8 channels (FL+FR+FC+LFE+SL+SR+BL+BR)"
    assert probe_sound(write_layout(tmp_path / "a.wav", "7.1", 8)).layout == "7.1"
    np.testing.assert_allclose(read_sound(ours, 16000), read_sound(tmp_path / "a.wav", 16000), atol=STEP * 2)


@pytest.mark.parametrize("count", [8, 9, 12])
def test_channels_that_lie_in_planes_are_all_read_and_no_more(tmp_path, count):
    options = {"rate": 48000, "options": {"mapping_family": "255"}, "samples": 12000}
    path = write_layout(tmp_path / "a.mkv", f"{count} channels", count, "libopus", **options)
    assert decode_channels(path.read_bytes(), 16000).shape[0] == count
    assert read_sound(path, 16000).shape[0] == 2
