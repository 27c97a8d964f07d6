"""Names at sounding objects: which have one, and that they stay clear of each other."""

import numpy as np

from ravs.inference.outputs.overlay.draw_names import name_layers, overlap, place_plate
from ravs.media import YuvPlanes

SIZE = (160, 120)


def boxes_of(frame, floor=120, in_strip=frozenset()):
    layers = name_layers(frame, SIZE, False, floor, in_strip)
    return [(one.left, one.top, one.left + one.keep[0].shape[1], one.top + one.keep[0].shape[0]) for one in layers]


def test_names_do_not_cover_each_other_and_stay_in_the_frame(prediction):
    boxes = boxes_of(prediction([0.96], [{1: np.s_[0:30, 0:60], 2: np.s_[0:30, 62:64]}])[0], floor=80)
    # sides of layers are even
    plates = [(left + 1, top + 1, right - 1, bottom - 1) for left, top, right, bottom in boxes]
    assert len(boxes) == 2 and not overlap(*plates)
    assert all(left >= 0 and top >= 0 and right <= SIZE[0] and bottom <= 80 for left, top, right, bottom in boxes)


def test_a_small_object_has_a_name_unless_the_strip_names_its_color(prediction):
    frame = prediction([0.96], [{1: np.s_[40:100, 0:80], 2: np.s_[60:64, 150:154]}])[0]
    assert len(boxes_of(frame)) == len(boxes_of(frame, in_strip=frozenset({"dog"}))) == 2
    assert len(boxes_of(frame, in_strip=frozenset({"dog", "trumpet"}))) == 1  # that of the dog, a large object


def test_the_plate_lies_above_its_mask_and_moves_to_the_nearest_free_place():
    mask = np.zeros((120, 160), bool)
    mask[50:80, 60:100] = True
    assert place_plate(mask, (30, 10), SIZE, 120, []) == (64, 38)
    taken = [(60, 30, 100, 45)]
    assert place_plate(mask, (30, 10), SIZE, 120, taken) == (64, 45)
    assert place_plate(mask, (30, 10), SIZE, 40, []) == (64, 28)  # the strip begins at row 40


def test_a_name_is_wider_than_its_frame_without_an_error(prediction):
    frame = prediction([0.96], [{2: np.s_[0:8, 0:8]}], size=(8, 8))[0]
    planes = YuvPlanes(*(np.full((side, side), 100, np.uint8) for side in (8, 4, 4)), False)
    for layer in name_layers(frame, (8, 8), False, 8, frozenset()):
        layer.blend(planes)
    assert (planes.y != 100).any()
