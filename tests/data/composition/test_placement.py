from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from ravs.data.composition.placement import MIN_DISTANCE, clip_generator, draw_scene
from ravs.data.composition.render import SceneRenderer
from ravs.errors import InputError


def scenes(library, count=12):
    return [
        draw_scene(subset, library, clip_generator(5, subset, number))
        for subset in ("ss", "ms", "msmi", "negative")
        for number in range(count)
    ]


def test_a_seed_gives_the_same_scene_whatever_was_drawn_before(library):
    first = draw_scene("ms", library, clip_generator(5, "ms", 3))
    scenes(library, 2)
    assert draw_scene("ms", library, clip_generator(5, "ms", 3)) == first


def test_seeds_subsets_and_numbers_all_change_the_scene(library):
    drawn = {draw_scene("ms", library, clip_generator(*key)) for key in ((1, "ms", 0), (2, "ms", 0), (1, "ms", 1))}
    assert len(drawn) == 3
    assert clip_generator(1, "ss", 0).random() != clip_generator(1, "ms", 0).random()


def test_centers_are_apart_and_inside(library):
    for scene in scenes(library):
        centers = sorted(obj.x for obj in scene.objects)
        assert centers[0] >= 0.14 and centers[-1] <= 0.86
        assert all(b - a >= MIN_DISTANCE[len(centers)] for a, b in pairwise(centers))


def test_the_object_with_the_lowest_edge_is_drawn_last(library):
    for scene in scenes(library):
        edges = []
        for obj in scene.objects:
            height, width = library.cutout(obj.cutout).shape[:2]
            edges.append(obj.y + obj.side * height / max(height, width) / 2)
        assert edges == sorted(edges)


def test_more_than_half_of_each_object_is_uncovered_in_the_first_middle_and_last_frame(library):
    for scene in scenes(library):
        for time_s in (0.0, 2.48, 4.96):
            together = SceneRenderer(scene, library, 64).draw(time_s)[1]
            for number, obj in enumerate(scene.objects, start=1):
                alone = SceneRenderer(replace(scene, objects=(obj,)), library, 64).draw(time_s)[1]
                assert (together == number).sum() >= 0.5 * (alone > 0).sum() > 0  # 0.55 of alpha, here of pixels


def test_roles_stay_with_their_objects_when_these_are_sorted(library):
    for number in range(20):
        scene = draw_scene("msmi", library, clip_generator(2, "msmi", number))
        names = [obj.class_name for obj in scene.objects]
        twin = max(names, key=names.count)
        assert any(sounds for name, sounds in zip(names, scene.roles.sounding, strict=True) if name == twin)


def test_an_unknown_subset_is_an_error_that_lists_them():
    with pytest.raises(InputError, match="no subset 'solo'; subsets are ss, ms, msmi, negative"):
        clip_generator(1, "solo", 0)


def test_backgrounds_always_fill_the_frame(library):
    for scene in scenes(library, 6):
        pan = np.abs(scene.backdrop.pan).max()
        assert scene.backdrop.scale >= 1.06 >= 1 + pan
