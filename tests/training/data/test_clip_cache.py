import numpy as np
import pytest
import torch

from ravs.config import RavsConfig
from ravs.data.composition.scene_pool import ScenePool
from ravs.errors import InputError
from ravs.training.data import clip_cache
from ravs.training.data.clip_cache import ClipCache
from ravs.training.data.composed_collator import ComposedCollator
from ravs.training.data.training_clips import TrainingClips

COUNT = 3


@pytest.fixture(scope="module")
def clips(library, tmp_path_factory):
    pool = ScenePool.build(tmp_path_factory.mktemp("pool"), library, count=COUNT, side=32, seed=2)
    return TrainingClips(pool, library, directions=8, seed=3)


@pytest.fixture(scope="module")
def collator(library):
    return ComposedCollator(RavsConfig.preset("ravs-debug", classes=library.classes), seconds=2, spec_augment=True)


def test_a_batch_of_takes_is_the_batch_of_the_clips_they_were_drawn_from(clips, collator, tmp_path):
    takes = ClipCache.build(tmp_path / "takes", clips, collator, 2, {"seed": 3})
    assert len(takes) == 2 * COUNT
    clips.set_epoch(1)
    fresh = collator([clips[0], clips[2]])
    cached = collator.stack([takes[COUNT], takes[COUNT + 2]])
    assert set(cached) == set(fresh)
    for name, value in fresh.items():
        assert cached[name].dtype == value.dtype
        torch.testing.assert_close(cached[name], value, atol=2e-3, rtol=2e-3, msg=name)  # features keep three digits
    for name in ("pixel_values", "masks", "sounding"):
        assert torch.equal(cached[name], fresh[name])


def test_takes_that_are_there_are_not_drawn_again_and_those_of_other_settings_are_refused(clips, collator, tmp_path):
    folder = tmp_path / "takes"
    ClipCache.build(folder, clips, collator, 1, {"seed": 3})
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    ClipCache.build(folder, clips, collator, 1, {"seed": 3})
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    with pytest.raises(InputError, match="takes of other settings"):
        ClipCache.build(folder, clips, collator, 1, {"seed": 4})


def test_takes_are_written_completely_or_not_at_all(clips, collator, tmp_path):
    def stop(done, total):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ClipCache.build(tmp_path / "takes", clips, collator, 1, {}, stop)
    assert not (tmp_path / "takes").exists()
    seen = []
    ClipCache.build(tmp_path / "takes", clips, collator, 1, {}, lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert [path.name for path in tmp_path.iterdir()] == ["takes"]


def test_two_runs_may_draw_the_same_takes_at_once_and_a_folder_of_something_else_is_named(clips, collator, tmp_path):
    folder = tmp_path / "takes"

    inner = folder.with_name("elsewhere")
    ClipCache.build(inner, clips, collator, 1, {})

    def another_run(done, total):
        if done == total and not folder.exists():
            inner.replace(folder)

    assert len(ClipCache.build(folder, clips, collator, 1, {}, another_run)) == COUNT
    assert [path.name for path in tmp_path.iterdir()] == ["takes"]
    (folder / "takes.json").unlink()
    with pytest.raises(InputError, match=r"takes cannot be kept there .*remove it"):
        ClipCache.build(folder, clips, collator, 1, {})


def test_muted_takes_hold_nothing_of_the_audio(clips, library, tmp_path):
    muted = ComposedCollator(
        RavsConfig.preset("ravs-debug", classes=library.classes), seconds=1, muted=True, spec_augment=False
    )
    takes = ClipCache.build(tmp_path / "takes", clips, muted, 1, {})
    assert "sounding" not in takes[0]
    assert np.allclose(takes[0]["audio_features"][:, 0], -1)


def test_takes_for_which_the_disk_has_no_space_are_an_error_and_leave_nothing(clips, collator, tmp_path, monkeypatch):
    def full(descriptor: int, start: int, length: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.posix_fallocate", full)
    with pytest.raises(OSError, match="No space left on device"):
        ClipCache.build(tmp_path / "takes", clips, collator, 2, {"seed": 3})
    assert not list(tmp_path.iterdir())


def test_the_disk_space_of_all_takes_is_reserved_before_the_second_is_drawn(tmp_path):
    array, path = clip_cache._allocate(tmp_path, {"pixels": torch.zeros(64, 64)}, 20)["pixels"], tmp_path / "pixels.npy"
    assert array.shape == (20, 64, 64) and array.dtype == np.float16
    assert 512 * path.stat().st_blocks >= path.stat().st_size
