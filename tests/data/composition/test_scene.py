import numpy as np
import pytest

from ravs.data.composition.placement import clip_generator, draw_scene
from ravs.data.composition.scene import Backdrop, PlacedObject, Roles, Scene


def scene_with(placed, **camera):
    return Scene(subset="ss", objects=(placed,), backdrop=Backdrop(path="", **camera), roles=Roles(sounding=(True,)))


def placed(**more):
    return PlacedObject(class_name="bell", class_index=1, cutout="", side=0.3, x=0.4, y=0.6, **more)


def test_an_object_drifts_through_its_position_and_against_the_camera():
    scene = scene_with(placed(drift=(0.05, -0.02)), pan=(0.06, 0.0))
    places = scene.positions(np.array([0.0, 2.5, 5.0]))[0]
    travel = 0.05 - 0.06 / 2  # of x over five seconds, half before the middle
    np.testing.assert_allclose(places, [[0.4 - travel / 2, 0.4, 0.4 + travel / 2], [0.61, 0.6, 0.59]])


def test_a_sway_of_half_a_hertz_turns_once_in_two_seconds():
    scene = scene_with(placed(sway=0.01, sway_hz=0.5))
    x, y = scene.positions(np.array([0.0, 0.5, 1.0, 1.5, 2.0]))[0]
    np.testing.assert_allclose(x, [0.4, 0.41, 0.4, 0.39, 0.4])
    np.testing.assert_allclose(y, [0.61, 0.6, 0.59, 0.6, 0.61])


@pytest.mark.parametrize("subset", ["ss", "ms", "msmi", "negative"])
def test_a_scene_written_and_read_again_is_equal(subset, library):
    scene = draw_scene(subset, library, clip_generator(1, subset, 0))
    assert Scene.from_json(scene.as_json()) == scene
