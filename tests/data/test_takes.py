from collections import namedtuple

import numpy as np
import pytest
import torch

from ravs.config import RavsConfig
from ravs.data.batches import Collator
from ravs.data.pool import ScenePool
from ravs.data.takes import Takes
from ravs.data.training_clips import TrainingClips
from ravs.errors import InputError

COUNT = 3


@pytest.fixture(scope="module")
def clips(library, tmp_path_factory):
    pool = ScenePool.build(tmp_path_factory.mktemp("pool"), library, count=COUNT, side=32, seed=2)
    return TrainingClips(pool, library, directions=8, seed=3)


@pytest.fixture(scope="module")
def collator(library):
    return Collator(RavsConfig.preset("ravs-debug", classes=library.classes), seconds=2, spoiled=True)


def test_a_batch_of_takes_is_the_batch_of_the_clips_they_were_drawn_from(clips, collator, tmp_path):
    takes = Takes.build(tmp_path / "takes", clips, collator, 2, {"seed": 3})
    assert len(takes) == 2 * COUNT
    clips.set_epoch(1)
    fresh = collator([clips[0], clips[2]])
    kept = collator.join([takes[COUNT], takes[COUNT + 2]])
    assert set(kept) == set(fresh)
    for name, value in fresh.items():
        assert kept[name].dtype == value.dtype
        torch.testing.assert_close(kept[name], value, atol=2e-3, rtol=2e-3, msg=name)  # features keep three digits
    for name in ("pixel_values", "masks", "sounding"):
        assert torch.equal(kept[name], fresh[name])


def test_takes_that_are_there_are_not_drawn_again_and_those_of_other_settings_are_refused(clips, collator, tmp_path):
    folder = tmp_path / "takes"
    Takes.build(folder, clips, collator, 1, {"seed": 3})
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    Takes.build(folder, clips, collator, 1, {"seed": 3})
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    with pytest.raises(InputError, match="takes of other settings"):
        Takes.build(folder, clips, collator, 1, {"seed": 4})


def test_takes_appear_whole_or_not_at_all(clips, collator, tmp_path):
    def stop(done, total):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Takes.build(tmp_path / "takes", clips, collator, 1, {}, stop)
    assert not (tmp_path / "takes").exists()
    seen = []
    Takes.build(tmp_path / "takes", clips, collator, 1, {}, lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert [path.name for path in tmp_path.iterdir()] == ["takes"]


def test_two_runs_may_draw_the_same_takes_at_once_and_a_folder_of_something_else_is_named(clips, collator, tmp_path):
    folder = tmp_path / "takes"

    inner = folder.with_name("elsewhere")
    Takes.build(inner, clips, collator, 1, {})

    def another_run(done, total):
        if done == total and not folder.exists():
            inner.replace(folder)

    assert len(Takes.build(folder, clips, collator, 1, {}, another_run)) == COUNT
    assert [path.name for path in tmp_path.iterdir()] == ["takes"]
    (folder / "takes.json").unlink()
    with pytest.raises(InputError, match=r"takes cannot be kept there .*remove it"):
        Takes.build(folder, clips, collator, 1, {})


def test_muted_takes_tell_nothing_of_the_sound(clips, library, tmp_path):
    muted = Collator(RavsConfig.preset("ravs-debug", classes=library.classes), seconds=1, muted=True, spoiled=False)
    takes = Takes.build(tmp_path / "takes", clips, muted, 1, {})
    assert "sounding" not in takes[0]
    assert np.allclose(takes[0]["audio_features"][:, 0], -1)


def test_takes_that_the_disk_has_no_room_for_are_refused_before_they_are_drawn(clips, collator, tmp_path, monkeypatch):
    usage = namedtuple("usage", "free")
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage(free=1000))
    with pytest.raises(OSError, match="No space left on device for takes of 0 MB, 0 MB are free"):
        Takes.build(tmp_path / "takes", clips, collator, 2, {"seed": 3})
    assert not list(tmp_path.iterdir())
