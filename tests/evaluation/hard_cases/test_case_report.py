"""What is printed and drawn of the counts."""

import pytest
from PIL import Image

from ravs.data.datasets.find_dataset import find_dataset
from ravs.evaluation.hard_cases.case_counts import CaseCounts, CaseCountSettings, Occurrence, analyze
from ravs.evaluation.hard_cases.case_report import as_json, as_table, case_title, draw_case_chart

KNOWN = Occurrence(frames=1, of_frames=8, videos=1, of_videos=2)
COUNTS = {"v2": CaseCounts(videos=1200, labelled_frames=8, case_1=None, case_2=KNOWN, several_instances=None)}


def test_the_table_has_shares_with_their_counts_and_says_what_is_unknown():
    first = as_table(COUNTS).splitlines()[2]
    assert first == "| v2 | 1,200 | 8 | unknown | unknown | 12.5 % (1 of 8) | 50.0 % (1 of 2) |"


def test_the_definitions_are_printed_with_the_counts():
    printed = as_table(COUNTS)
    assert "\ncase 1: a silent instance of a class that sounds is in view" in printed
    assert "\ncase 2: a class sounds in that second and not in the one before or after" in printed
    assert "several instances" not in printed


def test_json_has_the_settings_the_definitions_and_null_for_what_is_unknown(hand_made):
    found, settings = find_dataset(hand_made), CaseCountSettings(fraction=0.5, seed=3)
    printed = as_json(found, settings, analyze(found, CaseCountSettings()) | COUNTS)
    assert (printed["fraction"], printed["seed"], printed["set"]) == (0.5, 3, "composed set")
    assert set(printed["definitions"]) == {"case 1", "case 2", "several instances"}
    assert printed["subsets"]["v2"]["case_1"] is None
    assert printed["subsets"]["all"]["case_2"]["frame_share"] == 6 / 15
    assert printed["subsets"]["all"]["case_2"]["video_share"] == 2 / 3


def test_the_title_names_set_split_and_sample(hand_made):
    found = find_dataset(hand_made)
    assert case_title(found, CaseCountSettings()) == "composed set, all splits"
    asked = CaseCountSettings(split="val", fraction=0.333, seed=7)
    assert case_title(found, asked) == "composed set, val, 33.3 % of the videos (seed 7)"


@pytest.mark.parametrize("several", [None, KNOWN])
def test_a_chart_has_a_colored_bar_for_what_is_known(several, tmp_path):
    counts = {"v2": CaseCounts(videos=2, labelled_frames=8, case_1=None, case_2=KNOWN, several_instances=several)}
    draw_case_chart(tmp_path / "chart.png", "a set", counts)
    with Image.open(tmp_path / "chart.png") as image:
        colors = {color for _, color in image.convert("RGB").getcolors(1 << 20)}
    assert (0xEE, 0x66, 0x77) in colors
    assert ((0xBB, 0xAA, 0x33) in colors) == (several is not None)
