"""Labels in CVAT's XML."""

import pytest

from support.exports import LEFT, MASK, SMALL, TRACKS, cvat, labels, same


@pytest.mark.parametrize("kind", ["task", "job"])
def test_cvat_gives_masks_and_polygons_of_the_frames_that_end_a_second(export, instant, kind):
    source = export("cvat", cvat(TRACKS, kind))
    assert source.classes == ("truck-bus", "dog")
    same(labels(source, instant, "a", 0), (1, LEFT), (2, SMALL))  # by z_order, not by track
    same(labels(source, instant, "a", 1), (1, LEFT))
    same(labels(source, instant, "a", 2))  # in the task, and outside of all tracks: silent
    assert labels(source, instant, "a", 4) is None  # frame 49 is in no task of 40
    assert labels(source, instant, "b", 0) is None


def test_a_task_of_every_third_frame_labels_these_alone(export, instant):
    source = export("cvat", cvat(TRACKS, step="step=3"))
    assert [labels(source, instant, "a", second) is None for second in range(4)] == [False, True, True, False]  # 9, 39
    assert len(source.unused_labels([instant("a", second, (4, 6)) for second in range(4)])) == 4  # 6, 12, 15, 18


def test_cvat_for_images_goes_by_the_names_of_the_images(export, instant):
    shapes = MASK.replace('frame="{0}" outside="{1}"', 'label="dog"')
    body = f'<image id="0" name="x/a_0.png" width="6" height="4">{shapes}</image><image id="1" name="a_1.png" '
    source = export("cvat", cvat(body + 'width="6" height="4"></image>'))
    same(labels(source, instant, "a", 0), (2, SMALL))
    same(labels(source, instant, "a", 1))
