import numpy as np
import pytest

from ravs.training.augmentation.image_augmentation import (
    ZoomWindow,
    defocus,
    draw_zoom_window,
    jitter_colors,
    jitter_object_colors,
    occlude,
    zoom_and_warp,
)

SIDE = 64


def seeded(seed=0):
    return np.random.default_rng(seed)


def square(left=16, right=32, top=8, bottom=24):
    """Two seconds with one white square on gray; the maps say where it is."""
    frames, instances = np.full((2, SIDE, SIDE, 3), 90, np.uint8), np.zeros((2, SIDE, SIDE), np.uint8)
    frames[:, top:bottom, left:right] = 255
    instances[:, top:bottom, left:right] = 1
    return frames, instances


def test_what_was_at_x_is_seen_at_zoom_times_x_plus_shift():
    frames, instances = square(left=16, right=32, top=8, bottom=24)
    window = ZoomWindow(zoom=(1.5, 0.75), shift=(-0.25, 0.125))
    seen, maps = zoom_and_warp(frames, instances, window, 0.0, seeded())
    rows, columns = np.nonzero(maps[1])
    assert (columns.min(), columns.max() + 1) == (1.5 * 16 - 16, 1.5 * 32 - 16)
    assert (rows.min(), rows.max() + 1) == (0.75 * 8 + 8, 0.75 * 24 + 8)
    assert seen[0, 20, 20].tolist() == [255] * 3 and seen[0, 20, 60].tolist() == [90] * 3


def test_the_full_window_without_a_warp_returns_copies():
    frames, instances = square()
    seen, maps = zoom_and_warp(frames, instances, ZoomWindow(), 0.0, seeded())
    assert np.array_equal(seen, frames) and np.array_equal(maps, instances)
    assert not np.shares_memory(seen, frames) and not np.shares_memory(maps, instances)


def test_outside_the_frame_its_edge_is_repeated_and_no_instance_is_there():
    frames, instances = square(left=0, right=64, top=0, bottom=64)
    seen, maps = zoom_and_warp(frames, instances, ZoomWindow((0.5, 0.5), (0.0, 0.0)), 0.0, seeded())
    assert (seen == 255).all()
    assert maps[0, :32, :32].all() and not maps[0, 32:].any() and not maps[0, :, 32:].any()


@pytest.mark.parametrize("seed", range(5))
def test_a_warp_moves_frames_and_maps_alike_and_every_second_the_same(seed):
    frames, instances = square(left=10, right=50, top=12, bottom=40)
    seen, maps = zoom_and_warp(frames, instances, ZoomWindow(), 0.05, seeded(seed))
    assert not np.array_equal(maps, instances)
    assert np.array_equal(maps[0], maps[1]) and np.array_equal(seen[0], seen[1])
    middle = (90 + 255) / 2
    apart = (seen[0, ..., 0] > middle) != (maps[0] == 1)
    assert apart.mean() < 0.01  # rounding at the edge alone


def test_windows_stay_within_their_limits_and_a_third_is_whole():
    windows = [draw_zoom_window(0.35, 0.25, generator) for generator in [seeded()] for _ in range(600)]
    whole = sum(window == ZoomWindow() for window in windows)
    assert 150 < whole < 250
    for window in windows:
        size = (window.zoom[0] * window.zoom[1]) ** 0.5
        assert 1 / 1.35 - 1e-9 <= size <= 1.35 + 1e-9
        assert 1 / 1.25 - 1e-9 <= window.zoom[0] / window.zoom[1] <= 1.25 + 1e-9
        for zoom, shift in zip(window.zoom, window.shift, strict=True):
            assert min(0, 1 - zoom) <= shift <= max(0, 1 - zoom)
    assert draw_zoom_window(0.0, 0.0, seeded()) == ZoomWindow()


def test_an_object_gets_other_colors_and_the_rest_keeps_its():
    frames, instances = square(left=20, right=44, top=20, bottom=44)
    for seed in range(20):
        changed = jitter_object_colors(frames, instances, 0.5, 0.3, 20.0, seeded(seed))
        inside, outside = changed[0, 30, 30], changed[0, 2, 2]
        if (inside != 255).any() and (outside == 90).all():
            return
    raise AssertionError("in twenty draws the thing was never changed alone")


def test_without_any_amount_colors_stay():
    frames, instances = square()
    assert jitter_colors(frames, 0.0, 0.0, seeded()) is frames
    assert jitter_object_colors(frames, instances, 0.0, 0.3, 20.0, seeded()) is frames


def test_an_occluded_pixel_has_no_instance_and_others_stay():
    frames, instances = square(left=0, right=64, top=0, bottom=64)
    frames[:] = seeded().integers(0, 255, (SIDE, SIDE, 3))
    seen, maps = occlude(frames, instances, 1.0, seeded(3))
    hole = maps[0] == 0
    assert 0 < hole.mean() < 0.2
    assert np.array_equal(seen[:, ~hole], frames[:, ~hole]) and not np.array_equal(seen[:, hole], frames[:, hole])
    assert instances.all()  # what was given is not changed
    assert occlude(frames, instances, 0.0, seeded(3))[0] is frames


def test_out_of_focus_edges_are_soft_and_levels_stay():
    frames, _ = square(left=16, right=48, top=16, bottom=48)
    blurred = [defocus(frames, 0.03, seeded(seed)) for seed in range(30)]
    soft = [one for one in blurred if one is not frames]
    assert 3 < len(soft) < 20
    assert all(90 < one[0, 32, 16, 0] < 255 for one in soft if one is not frames)
    assert all(abs(float(one.mean()) - float(frames.mean())) < 2 for one in soft)
