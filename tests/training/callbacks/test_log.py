"""The log of a run."""

import json

import pytest
from transformers import TrainerState, TrainingArguments

from ravs.errors import InputError
from ravs.training.callbacks.log import JsonlLog, check_trackers, read_log


def test_a_run_that_resumes_has_no_step_twice_and_a_truncated_line_is_gone(tmp_path):
    log = JsonlLog(tmp_path, {"batch_size": 4})
    arguments = TrainingArguments(use_cpu=True)
    log.on_train_begin(arguments, TrainerState(), None)
    for step in (1, 2, 3):
        log.on_log(arguments, TrainerState(global_step=step), None, logs={"loss": float(step), "auc": float("nan")})
    with (tmp_path / "log.jsonl").open("a") as file:
        file.write('{"step": 4, "lo')
    assert [record["step"] for record in read_log(tmp_path / "log.jsonl")] == [0, 1, 2, 3]
    log.on_train_begin(arguments, TrainerState(global_step=2), None)
    log.on_log(arguments, TrainerState(global_step=3), None, logs={"loss": 3.0})
    records = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [(record.get("event"), record["step"]) for record in records] == [
        ("start", 0), (None, 1), (None, 2), ("resume", 2), (None, 3)
    ]  # fmt: skip
    assert records[0]["batch_size"] == 4 and records[0]["peak_memory_mb"] > 0
    assert records[1]["auc"] is None


def test_other_processes_write_nothing(tmp_path):
    log = JsonlLog(tmp_path, {})
    state = TrainerState(is_world_process_zero=False)
    log.on_train_begin(TrainingArguments(use_cpu=True), state, None)
    log.on_log(TrainingArguments(use_cpu=True), state, None, logs={"loss": 1.0})
    assert not (tmp_path / "log.jsonl").exists()


def test_a_tracker_is_known_and_installed_or_reported_as_missing():
    with pytest.raises(InputError, match="--log wandbb: no such tracker; there are tensorboard, wandb, trackio"):
        check_trackers(("wandbb",))
    check_trackers(())
