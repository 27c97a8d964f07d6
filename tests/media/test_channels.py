"""Audio of 1 to 24 channels, with names in any order and without."""

import json
import subprocess
import sys

import numpy as np
import pytest

from support.layouts import QUICKTIME, STEP, write_labelled, write_layout

LEFT, RIGHT = ("FL", "FLC", "BL", "SL", "TFL", "TBL", "WL"), ("FR", "FRC", "BR", "SR", "TFR", "TBR", "WR")
DEFAULT_ORDER = {  # what this many unnamed channels are taken for
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
from ravs.media import decode_channels, decode_mono, probe_audio, read_audio
for path in map(Path, sys.argv[1:]):
    info, heard, content = probe_audio(path), read_audio(path, 16000), path.read_bytes()
    sounds = heard, decode_channels(content, 16000), decode_mono(content, 16000)[None]
    print(json.dumps([info.layout, info.channels, *(sound[:, 600].tolist() for sound in sounds)]), flush=True)
"""
PLANES = (8, 9, 12)


def mixed(names):
    """The downmix of channels that are 1, 2, 3, … steps loud, by ITU-R BS.775; without names, the mean."""
    levels = STEP * np.arange(1, len(names) + 1)
    if len(names) == 1:
        return [levels[0]]
    if not set(names) - {"UNK"}:
        return [levels.mean()] * 2
    gains = {"FL": 1, "FR": 1, "FLC": 1, "FRC": 1, "BC": 0.5, "LFE": 0, "UNSD": 0}
    gained = [(name, gains.get(name, 2**-0.5) * level) for name, level in zip(names, levels, strict=True)]
    return [sum(level for name, level in gained if name not in other) for other in (RIGHT, LEFT)]


@pytest.fixture(scope="module")
def named(tmp_path_factory):
    """The names of each file's channels."""
    folder, found = tmp_path_factory.mktemp("layouts"), {}
    for count in range(1, 25):
        names = DEFAULT_ORDER[count].split() if count in DEFAULT_ORDER else ["UNK"] * count
        found[write_layout(folder / f"{count}.wav", f"{count} channels", count)] = names
    for count in range(1, 21):
        first = list(QUICKTIME)[:count]
        found[write_labelled(folder / f"{count}.mov", first)] = first
        found[write_labelled(folder / f"back_{count}.mov", first[::-1])] = first[::-1]
    for title, names in ORDERS.items():
        found[write_labelled(folder / f"{title}.mov", names)] = names
    return found


@pytest.fixture(scope="module")
def read(named, tmp_path_factory):
    """What another process, which such a file may end, reads: layout, count, and a sample mixed, coded, in mono."""
    folder, paths = tmp_path_factory.mktemp("planes"), [*named]
    for count in PLANES:
        options = {"rate": 48000, "options": {"mapping_family": "255"}, "samples": 3000}
        paths.append(write_layout(folder / f"{count}.mkv", f"{count} channels", count, "libopus", **options))
    run = subprocess.run([sys.executable, "-c", PROGRAM, *paths], capture_output=True, text=True, check=False)
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    assert (run.returncode, len(lines)) == (0, len(paths)), (run.stderr[-300:], paths[len(lines)].name)
    return {path.name: line for path, line in zip(paths, lines, strict=True)}


def test_any_number_of_channels_in_any_order_is_mixed_and_ends_no_process(named, read):
    for path, names in named.items():
        _, count, heard, coded, mono = read[path.name]
        assert count == len(names), path
        np.testing.assert_allclose(coded, STEP * np.arange(1, count + 1), atol=1e-4, err_msg=path.name)
        np.testing.assert_allclose(heard, mixed(names), atol=2e-4, err_msg=path.name)
        assert mono[0] >= max(heard) / 2, path


def test_a_layout_is_given_by_its_name_or_by_its_channels(read):
    assert read["6.mov"][0] == "5.1"
    assert read["10.wav"][0] == "10 channels"
    assert read["sides_first.mov"][0] == "8 channels (FL+FR+FC+LFE+SL+SR+BL+BR)"


@pytest.mark.parametrize("count", PLANES)
def test_channels_that_lie_in_planes_are_all_read_and_no_more(read, count):
    _, count_read, heard, coded, _ = read[f"{count}.mkv"]
    assert (count_read, len(heard), len(coded)) == (count, 2, count)
