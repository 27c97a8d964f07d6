"""Console output of a run."""

from pathlib import Path

from transformers import TrainerState, TrainingArguments

from ravs.training.callbacks.console import ConsoleLog, format_record

SETUP = {"batch_size": 12, "device": "cpu", "precision": "fp32", "processes": 2}


def lines_at(step: int, logs: dict) -> list[str]:
    lines: list[str] = []
    console = ConsoleLog(Path("runs/a"), SETUP, lines.append)
    state = TrainerState(global_step=step, max_steps=450)
    console.on_train_begin(TrainingArguments(), state, None)
    console.on_log(TrainingArguments(), state, None, logs=logs)
    return lines


def test_a_run_reports_where_it_starts_or_resumes_and_then_its_steps():
    record = {"loss": 1.31249, "learning_rate": 1.5e-5, "grad_norm": 2.0, "epoch": 0.5}
    assert lines_at(0, record) == [
        "runs/a starts: 450 steps of 12 clips, cpu, fp32, processes: 2",
        "step 0/450 loss 1.312, rate 1.5e-05",
    ]
    assert lines_at(25, record)[0].startswith("runs/a resumes after step 25: 450 steps")


def test_of_a_validation_the_metrics_are_shown_and_none_of_the_machine():
    record = {"eval_ms_loss": 1.0, "eval_ms_jf": 0.5, "eval_ms_class": float("nan"), "eval_ms_runtime": 3.0}
    assert format_record(record) == "eval_ms_loss 1.000, eval_ms_jf 0.500"
    assert format_record({"train_runtime": 3.0}) == ""


def test_without_a_reporter_nothing_is_reported(capsys):
    console = ConsoleLog(Path("runs/a"), SETUP, None)
    console.on_log(TrainingArguments(), TrainerState(max_steps=1), None, logs={"loss": 1.0})
    assert capsys.readouterr().out == ""
