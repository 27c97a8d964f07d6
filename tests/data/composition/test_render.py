import numpy as np
import pytest

from ravs.data.composition.placement import clip_generator, draw_scene
from ravs.data.composition.render import SceneRenderer, class_masks, place_cutout, render, scale_cutout
from ravs.data.composition.scene import LABELLED_TIMES_S, Backdrop, PlacedObject, Roles, Scene


def placed(name, x, y=0.5, side=0.3, **more):
    path = f"cutouts/{name}/train.png"
    return PlacedObject(class_name=name, class_index=1, cutout=path, x=x, y=y, side=side, **more)


def scene_of(*objects):
    roles = Roles(sounding=(True,) * len(objects))
    return Scene(subset="ss", objects=objects, backdrop=Backdrop(path="backgrounds/train60.jpg"), roles=roles)


def test_an_object_is_at_its_center(library):
    instances = SceneRenderer(scene_of(placed("bell", 0.25, 0.5, side=0.3)), library, 100).draw(0.0)[1]
    rows, columns = np.nonzero(instances)
    # 60 by 40 pixels become 30 by 20; the rim of 2 of 60 is transparent
    np.testing.assert_allclose([rows.mean() + 0.5, columns.mean() + 0.5], [50, 25], atol=0.6)
    assert len(rows) == pytest.approx(30 * 20 * (36 / 40) * (56 / 60), rel=0.08)


def test_the_nearer_object_covers_the_farther_one(library):
    far, near = placed("bell", 0.4), placed("bell", 0.5)
    instances = SceneRenderer(scene_of(far, near), library, 64).draw(0.0)[1]
    alone = SceneRenderer(scene_of(near), library, 64).draw(0.0)[1]
    np.testing.assert_array_equal(instances == 2, alone == 1)
    assert 0 < (instances == 1).sum() < (alone == 1).sum()


def test_a_frame_depends_on_its_time_alone(library):
    scene = draw_scene("ms", library, clip_generator(1, "ms", 0))
    every = list(render(scene, library, 48, LABELLED_TIMES_S))
    for time_s, (frame, instances) in zip(LABELLED_TIMES_S, every, strict=True):
        alone, instance_map = next(render(scene, library, 48, [time_s]))
        np.testing.assert_array_equal(alone, frame)
        np.testing.assert_array_equal(instance_map, instances)


def test_a_mirrored_object_is_the_mirror_image_and_a_rotated_one_keeps_its_area(library):
    rgba = library.cutout("cutouts/horn/train.png")
    plain = scale_cutout(rgba, placed("horn", 0.5), 64)
    mirrored = scale_cutout(rgba, placed("horn", 0.5, mirrored=True), 64)
    np.testing.assert_array_equal(mirrored, plain[:, ::-1])
    turned = place_cutout(plain, 30.0, 0.5, 0.5, 64)[2]
    assert turned[..., 3].sum() == pytest.approx(plain[..., 3].sum(), rel=0.02)


def test_an_object_outside_the_frame_is_invisible_and_no_error(library):
    assert not SceneRenderer(scene_of(placed("bell", -1.0)), library, 32).draw(0.0)[1].any()


def test_the_mask_shows_the_class_where_an_object_sounds_and_nothing_elsewhere():
    instances = np.array([[[0, 1], [2, 2]]] * 3, np.uint8)  # three seconds of two by two pixels
    sounding = np.array([[True, False, True], [False, False, True]])
    masks = class_masks(instances, [7, 9], sounding)
    assert masks.tolist() == [[[0, 7], [0, 0]], [[0, 0], [0, 0]], [[0, 7], [9, 9]]]
