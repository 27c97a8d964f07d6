"""What sounds too briefly is left out and short gaps are filled: by hand, and against all masks at hand."""

from itertools import groupby

import numpy as np
import pytest

from ravs.inference.event_rule import EventRule, RawMask, steady_masks
from ravs.inference.postprocess import MaskMaps, find_sounding_objects
from ravs.structures.mask_rule import MaskRule
from ravs.structures.prediction import FramePrediction

RULE = MaskRule(names=("background", "dog", "car"), allowed=(1, 2))
LEFT, RIGHT = np.s_[:, :4], np.s_[:, 4:]


def raw(index, *sounding, step_s=1.0):
    """A mask of 4 x 8 pixels in which classes sound at a level, each in its half: dog left, car right."""
    levels, classes = np.zeros((4, 8), np.float32), np.zeros((2, 4, 8), np.float32)
    for class_id, level in sounding:
        half = LEFT if class_id == 1 else RIGHT
        levels[half] = classes[class_id - 1][half] = level
    maps = MaskMaps(levels, classes, np.zeros((4, 8), np.float32))
    end_s = (index + 1) * step_s
    frame = FramePrediction(index=index, time_s=end_s - 0.1, start_s=end_s - 1, size=(4, 8))
    return RawMask(frame=_with_objects(frame, find_sounding_objects(maps, (4, 8), RULE)), maps=maps)


def _with_objects(frame, objects):
    return FramePrediction(
        index=frame.index, time_s=frame.time_s, start_s=frame.start_s, size=frame.size, objects=objects
    )


def dog(levels, min_duration_s=0.0, bridge_gaps_s=0.0, step_s=1.0):
    """Where a dog of these levels is marked under the rule: one letter a mask."""
    masks = [raw(index, (1, level), step_s=step_s) for index, level in enumerate(levels)]
    frames = list(steady_masks(iter(masks), EventRule(float(min_duration_s), float(bridge_gaps_s), RULE)))
    assert [frame.index for frame in frames] == list(range(len(levels)))
    return "".join("d" if "dog" in frame.sounding else "." for frame in frames)


def levels(text, gap=0.47):
    """d: it sounds; comma: nearly as sure as it needs to be; point: silent."""
    return [{"d": 0.9, ",": gap, ".": 0.0}[letter] for letter in text]


@pytest.mark.parametrize(
    ("text", "shortest", "longest", "expected"),
    [
        ("..d..dd..", 1.5, 0, ".....dd.."),
        ("d..d....d", 1.5, 0, "d.......d"),  # what is cut off at the start or end may be longer
        ("..d..dd..", 0, 0, "..d..dd.."),
        ("dd,dd,,dd", 0, 1, "ddddd..dd"),
        ("dd,dd,,dd", 0, 2, "ddddddddd"),
        ("dd.dd....", 0, 1, "dd.dd...."),  # nothing is there that could be marked
        (".d,d.....", 2.5, 1, ".ddd....."),
        (".d,,d....", 2.5, 1, "........."),
        ("d", 5, 1, "d"),
        (".d,d,d,d.", 5, 1, ".ddddddd."),
    ],
)
def test_runs_and_gaps_by_hand(text, shortest, longest, expected):
    assert dog(levels(text), shortest, longest) == expected


def test_durations_are_seconds_at_any_rate():
    assert dog(levels("....dd......"), 0.5, 0, step_s=0.2) == "............"
    assert dog(levels("....ddd....."), 0.5, 0, step_s=0.2) == "....ddd....."


def test_a_gap_below_nine_tenths_of_the_threshold_stays():
    assert dog(levels("dd,dd", gap=0.46), 0, 1) == "ddddd"
    assert dog(levels("dd,dd", gap=0.44), 0, 1) == "dd.dd"


def test_what_fills_a_gap_leaves_other_objects_their_pixels_and_lies_where_it_was():
    masks = [raw(0, (1, 0.9)), raw(1, (1, 0.47), (2, 0.9)), raw(2, (1, 0.9), (2, 0.9))]
    _, filled, _ = steady_masks(iter(masks), EventRule(0.0, 1.0, RULE))
    assert filled.sounding == ("dog", "car")
    assert filled.labels.tolist() == [[1] * 4 + [2] * 4] * 4
    assert filled.objects[0].score == pytest.approx(0.47, abs=1e-4)


def by_all_masks(text, shortest, longest):
    """The rule with all masks at hand; a mask is a second."""
    kept = list(text)
    first, last = text.find("d"), text.rfind("d")
    for is_gap, run in groupby(range(max(first, 0), last + 1), key=lambda index: text[index] == ","):
        gap = list(run)
        if is_gap and len(gap) <= longest:
            kept[gap[0] : gap[-1] + 1] = "d" * len(gap)
    for letter, run in groupby(range(len(text)), key=lambda index: kept[index]):
        places = list(run)
        if letter == "d" and len(places) < shortest and places[0] > 0 and places[-1] < len(text) - 1:
            kept[places[0] : places[-1] + 1] = "." * len(places)
    return "".join(kept).replace(",", ".")


@pytest.mark.parametrize("seed", range(30))
def test_deciding_with_few_masks_at_hand_is_deciding_with_all(seed):
    generator = np.random.default_rng(seed)
    text = "".join(generator.choice(["d", ","], 60, p=[0.55, 0.45]))
    shortest, longest = generator.integers(0, 6) + 0.0, generator.integers(0, 4) + 0.0
    assert dog(levels(text), shortest, longest) == by_all_masks(text, shortest, longest)
