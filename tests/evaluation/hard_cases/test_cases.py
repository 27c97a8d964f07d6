"""The two cases of one video, from hand-made states."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from ravs.data.datasets.base import BINARY_CLASSES, AudioSource, AvsDataset, Entry
from ravs.evaluation.hard_cases.cases import find_cases
from ravs.evaluation.metrics.dataset_protocol import transitions


@dataclass(frozen=True, kw_only=True)
class HandMade(AvsDataset):
    """Masks by the name of their file, and look-alikes."""

    masks: dict = field(default_factory=dict)
    alike: tuple = ()

    def read(self, entry):
        raise AssertionError("images and audio are not needed")

    def read_mask(self, path):
        return np.array([self.masks[path.name]], np.uint8)

    def look_alike(self, entry):
        return self.alike


def a_video(*masks, classes=("background", "bell", "horn"), alike=()):
    """A video with these masks, each a row of pixels; None: no mask."""
    paths = tuple(None if mask is None else Path(str(second)) for second, mask in enumerate(masks))
    entry = Entry(
        name="a", split="val", subset="x", frames=(Path("a"),), masks=paths, sources=(AudioSource(Path("a")),)
    )
    held = {str(second): mask for second, mask in enumerate(masks)}
    found = HandMade(title="hand-made", root=Path(), classes=classes, entries=(entry,), masks=held, alike=alike)
    return find_cases(found, entry)


def test_a_change_counts_in_the_second_before_and_in_the_second_after():
    states = np.array([[0], [0], [1], [1], [1]], bool)
    assert transitions(states, np.arange(5)).tolist() == [False, True, True, False, False]


def test_any_class_may_change_and_none_does_when_all_stay():
    states = np.array([[1, 0], [1, 1], [1, 1]], bool)
    assert transitions(states, np.arange(3)).tolist() == [True, True, False]
    assert not transitions(np.ones((4, 2), bool), np.arange(4)).any()


def test_a_class_that_takes_over_from_another_is_a_change():
    assert a_video([0, 1, 1], [0, 2, 2]).case_2.tolist() == [True, True]


def test_in_a_binary_set_only_sounding_or_not_is_a_state():
    assert a_video([0, 1], [1, 1], [0, 0], classes=BINARY_CLASSES).case_2.tolist() == [False, True, True]


def test_a_second_without_a_label_is_compared_with_nothing():
    seen = a_video([0, 1], [255, 255], [0, 0], [0, 0], None, [1, 1])
    assert seen.labelled.tolist() == [True, False, True, True, False, True]
    assert not seen.case_2.any()


def test_pixels_to_ignore_are_no_state_and_leave_a_frame_labelled():
    seen = a_video([0, 255], [0, 0], [0, 1])
    assert seen.labelled.all() and seen.case_2.tolist() == [False, True, True]


def test_case_2_is_unknown_where_no_two_labelled_seconds_follow_each_other():
    assert a_video([0, 1], None, None, None, None).case_2 is None  # S4's training split
    assert a_video([0, 1]).case_2 is None  # VPO


def test_case_1_is_what_the_set_reports_of_labelled_seconds():
    assert a_video([0, 1], [0, 1]).case_1 is None
    assert a_video([0, 1], None, [0, 0], alike=(True, True, False)).case_1.tolist() == [True, False, False]


@pytest.mark.parametrize(("folder", "expected"), [("VPO-MSMI", True), ("VPO-MS", False)])
def test_an_image_of_msmi_has_several_instances_unless_it_is_borrowed(folder, expected):
    frames = (Path("VPO", folder, "data", "000000000007.jpg"),)
    entry = Entry(name="a", split="val", subset="VPO-MSMI", frames=frames, masks=(None,), sources=())
    found = HandMade(title="hand-made", root=Path(), classes=BINARY_CLASSES, entries=(entry,))
    assert find_cases(found, entry).several is expected
