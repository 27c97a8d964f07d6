"""The metrics of a finished run."""

from ravs.config.recipe import Recipe
from ravs.training.run_folder.record import write_record
from ravs.training.run_folder.results import format_metrics, metrics_if_done, write_metrics


def test_a_run_is_done_with_both_its_weights_and_its_metrics(tmp_path):
    write_record(tmp_path, Recipe(), {"sha256": "a"})
    assert metrics_if_done(tmp_path, Recipe()) is None
    write_metrics(tmp_path, {"eval_jf": 0.25})
    assert metrics_if_done(tmp_path, Recipe()) is None
    (tmp_path / "model.safetensors").write_bytes(b"")
    assert metrics_if_done(tmp_path, Recipe()) == {"eval_jf": 0.25}


def test_formatted_metrics_leave_out_the_speed_of_the_machine():
    assert (
        format_metrics({"eval_ms_jf": 0.25, "eval_ms_runtime": 3.0, "eval_ms_samples_per_second": 9.0})
        == "eval_ms_jf 0.2500"
    )
