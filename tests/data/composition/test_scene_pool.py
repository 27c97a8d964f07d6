import shutil

import numpy as np
import pytest

from ravs.data.composition import scene_pool as scene_pool_module
from ravs.data.composition.render import render
from ravs.data.composition.scene import LABELLED_TIMES_S
from ravs.data.composition.scene_pool import ScenePool
from ravs.errors import InputError

SIDE = 24


@pytest.fixture(autouse=True)
def small_shards(monkeypatch):
    monkeypatch.setattr(scene_pool_module, "SCENES_PER_SHARD", 3)


def build(folder, library, **changes):
    return ScenePool.build(folder, library, **{"count": 8, "side": SIDE, "seed": 4} | changes)


def stamps(folder):
    return {path.name: (path / "frames.npy").stat().st_mtime_ns for path in folder.glob("shard-*")}


def test_a_pool_holds_the_frames_of_its_scenes(library, tmp_path):
    pool = build(tmp_path, library)
    assert len(pool) == 8
    for index in (0, 4, 7):
        frames, instances = pool.frames_and_instances(index)
        for second, (frame, instance_map) in enumerate(render(pool.scenes[index], library, SIDE, LABELLED_TIMES_S)):
            np.testing.assert_array_equal(frames[second], frame)
            np.testing.assert_array_equal(instances[second], instance_map)


def test_the_seed_decides_the_pool(library, tmp_path):
    first, again, other = (build(tmp_path / str(n), library, seed=seed) for n, seed in enumerate((4, 4, 5)))
    assert first.scenes == again.scenes != other.scenes
    np.testing.assert_array_equal(first.frames_and_instances(7)[0], again.frames_and_instances(7)[0])


def test_a_pool_that_was_interrupted_makes_what_is_missing_and_keeps_the_rest(library, tmp_path):
    complete = build(tmp_path, library)
    shutil.rmtree(tmp_path / "shard-0001-0000")
    (tmp_path / ".shard-0001-0000.part").mkdir()  # as a killed process leaves it
    before, calls = stamps(tmp_path), []
    mended = build(tmp_path, library, progress=lambda done, total: calls.append((done, total)))
    assert mended.scenes == complete.scenes
    assert calls == [(8, 8)]
    assert {name: time for name, time in stamps(tmp_path).items() if name in before} == before


def test_each_epoch_replaces_a_fraction_of_the_scenes(library, tmp_path):
    pool = build(tmp_path, library, count=9)
    before = list(pool.scenes)
    pool.renew(0, 1 / 3)
    assert pool.scenes == before
    pool.renew(1, 1 / 3)
    changed = [old != new for old, new in zip(before, pool.scenes, strict=True)]
    assert sum(changed) == 3
    frames, _ = pool.frames_and_instances(changed.index(True))
    shown = next(render(pool.scenes[changed.index(True)], library, SIDE, LABELLED_TIMES_S))[0]
    np.testing.assert_array_equal(frames[0], shown)


def test_a_resumed_run_sees_the_scenes_of_an_uninterrupted_one(library, tmp_path):
    unbroken, stopped = build(tmp_path / "1", library, count=9), build(tmp_path / "2", library, count=9)
    for epoch in range(4):
        unbroken.renew(epoch, 1 / 3)
    stopped.renew(3, 1 / 3)
    assert stopped.scenes == unbroken.scenes
    unbroken.renew(2, 1 / 3)  # back to the checkpoint of an epoch that was left behind
    resumed = build(tmp_path / "2", library, count=9)
    resumed.renew(2, 1 / 3)
    assert resumed.scenes == unbroken.scenes


def test_a_pool_of_other_settings_is_not_overwritten(library, tmp_path):
    build(tmp_path, library)
    with pytest.raises(InputError, match=r"another side \(\d+, not 32\) and seed \(4, not 1\): name another folder"):
        build(tmp_path, library, side=32, seed=1)


def test_shares_decide_the_subsets(library, tmp_path):
    pool = build(tmp_path, library, shares={"ms": 1.0})
    assert {scene.subset for scene in pool.scenes} == {"ms"}


@pytest.mark.slow
def test_two_processes_make_the_same_pool_as_one(library, tmp_path, monkeypatch):
    monkeypatch.setattr(scene_pool_module, "SCENES_PER_SHARD", 100)  # as the other processes see it
    alone = build(tmp_path / "1", library, count=103, side=16)
    shared = build(tmp_path / "2", library, count=103, side=16, jobs=2)
    assert shared.scenes == alone.scenes
    for index in (0, 99, 102):
        np.testing.assert_array_equal(shared.frames_and_instances(index)[0], alone.frames_and_instances(index)[0])
