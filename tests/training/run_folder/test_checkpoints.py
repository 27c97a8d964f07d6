"""Checkpoints: which are complete, which are kept, and from which a run resumes."""

import json

import pytest

from ravs.files import remove
from ravs.training.run_folder.checkpoints import (
    find_flaw,
    is_final,
    last_complete_checkpoint,
    prune_checkpoints,
    remove_checkpoints,
    remove_damaged,
    write_manifest,
)


def checkpoint(out, step, best=None):
    folder = out / f"checkpoint-{step}"
    (folder / "pytorch_model_fsdp_0").mkdir(parents=True)  # accelerate's FSDP has folders in it
    (folder / "pytorch_model_fsdp_0" / "__0_0.distcp").write_bytes(b"weights")
    (folder / "optimizer.pt").write_bytes(b"moments")
    (folder / "trainer_state.json").write_text(
        json.dumps({"global_step": step, "max_steps": 12, "best_global_step": best})
    )
    write_manifest(folder)
    return folder


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lambda folder: (folder / "files.json").write_text('{"optimi'), "files.json cannot be read"),
        (lambda folder: (folder / "files.json").write_text("null"), "files.json cannot be read"),
        (lambda folder: (folder / "optimizer.pt").unlink(), "optimizer.pt is missing"),
        (lambda folder: (folder / "optimizer.pt").write_bytes(b""), "optimizer.pt has 0 bytes, not 7"),
        (
            lambda folder: (folder / "pytorch_model_fsdp_0" / "__0_0.distcp").write_bytes(b"w"),
            "pytorch_model_fsdp_0/__0_0.distcp has 1 bytes, not 7",
        ),
    ],
)
def test_a_damaged_checkpoint_is_skipped_and_named(tmp_path, harm, words):
    for step in (2, 10, 12):
        checkpoint(tmp_path, step)
    assert last_complete_checkpoint(tmp_path) == tmp_path / "checkpoint-12" and remove_damaged(tmp_path) == []
    harm(tmp_path / "checkpoint-12")
    assert last_complete_checkpoint(tmp_path) == tmp_path / "checkpoint-10"
    (line,) = remove_damaged(tmp_path)
    assert "checkpoint-12 is damaged" in line and words in line and line.endswith("resuming from checkpoint-10")
    assert {path.name for path in tmp_path.iterdir()} == {"checkpoint-2", "checkpoint-10"}


def test_a_checkpoint_whose_best_one_is_damaged_is_skipped(tmp_path):
    for step, best in ((2, 2), (4, 4), (6, 4), (8, 4)):
        checkpoint(tmp_path, step, best)
    assert last_complete_checkpoint(tmp_path).name == "checkpoint-8"
    (tmp_path / "checkpoint-4" / "optimizer.pt").write_bytes(b"")
    assert last_complete_checkpoint(tmp_path).name == "checkpoint-2"
    assert "its best checkpoint, checkpoint-4: optimizer.pt has 0 bytes" in find_flaw(tmp_path / "checkpoint-8")
    remove(tmp_path / "checkpoint-4")
    assert last_complete_checkpoint(tmp_path).name == "checkpoint-2"
    assert "its best checkpoint, checkpoint-4: it is missing" in find_flaw(tmp_path / "checkpoint-8")
    assert [line.split(" ")[0][-1] for line in remove_damaged(tmp_path)] == ["6", "8"]
    checkpoint(tmp_path, 4, 4)  # written again; nothing newer becomes complete with it
    assert last_complete_checkpoint(tmp_path).name == "checkpoint-4"


def test_a_checkpoint_of_an_earlier_version_which_lists_no_files_is_resumed_from(tmp_path):
    (checkpoint(tmp_path, 4) / "files.json").unlink()
    assert last_complete_checkpoint(tmp_path).name == "checkpoint-4"
    (tmp_path / "checkpoint-4" / "trainer_state.json").write_text('{"global_st')
    assert last_complete_checkpoint(tmp_path) is None
    (tmp_path / "checkpoint-4").rename(tmp_path / "checkpoint-4-copy")  # not the run's
    assert remove_damaged(tmp_path) == [] and (tmp_path / "checkpoint-4-copy").is_dir()


def test_a_run_without_a_complete_checkpoint_starts_at_the_first_step(tmp_path):
    (checkpoint(tmp_path, 4) / "optimizer.pt").unlink()
    assert last_complete_checkpoint(tmp_path) is None and last_complete_checkpoint(tmp_path / "nowhere") is None
    assert remove_damaged(tmp_path)[0].endswith("starting at the first step")


def test_a_checkpoint_knows_whether_its_run_had_taken_all_steps(tmp_path):
    assert is_final(checkpoint(tmp_path, 20)) and not is_final(checkpoint(tmp_path, 10))


@pytest.mark.parametrize(
    ("best", "kept"),
    [
        ({}, {8, 16}),  # none is recorded
        ({4: 2, 8: 2, 16: 2}, {2, 8, 16}),
        ({2: 2, 4: 2, 8: 2, 16: 16}, {2, 8, 16}),  # should 16 be damaged, 8 needs its own
        ({4: 4, 8: 8, 16: 8}, {8, 16}),
    ],
)
def test_the_newest_two_and_the_best_of_each_are_kept(best, kept, tmp_path):
    for step in (2, 4, 8, 16):
        checkpoint(tmp_path, step, best.get(step))
        prune_checkpoints(tmp_path)
    assert {int(path.name.rpartition("-")[2]) for path in tmp_path.iterdir()} == kept


def test_half_a_checkpoint_that_a_kill_left_during_removal_is_not_one(tmp_path, monkeypatch):
    checkpoint(tmp_path, 2)
    monkeypatch.setattr("ravs.files.shutil.rmtree", lambda path: None)
    remove_checkpoints([checkpoint(tmp_path, 4, 4)])
    checkpoint(tmp_path, 6, 4)
    assert (tmp_path / "checkpoint-4").is_dir() and last_complete_checkpoint(tmp_path).name == "checkpoint-2"
    (tmp_path / "checkpoint-4" / "files.json").unlink()
    assert last_complete_checkpoint(tmp_path).name == "checkpoint-2"


def test_while_no_checkpoint_is_complete_none_is_removed(tmp_path):
    for step in (4, 6, 8):
        checkpoint(tmp_path, step, 4)
    (tmp_path / "checkpoint-4" / "optimizer.pt").unlink()
    prune_checkpoints(tmp_path)
    assert len(list(tmp_path.iterdir())) == 3
    checkpoint(tmp_path, 2, 2)
    prune_checkpoints(tmp_path)  # 2 is complete, and those after it stay: the run that writes them continues
    assert len(list(tmp_path.iterdir())) == 4
