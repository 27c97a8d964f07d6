"""Whole tables of two tiny runs on the miniature library."""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
import yaml

from ravs.data.library.library import Library
from ravs.errors import RavsError
from ravs.experiments import experiment_run as run_module
from ravs.experiments import library_runs as on_library
from ravs.experiments import table_runner as runner_module
from ravs.experiments.experiment_run import ExperimentRun, runs_of
from ravs.experiments.library_runs import shown_metrics
from ravs.experiments.markdown_table import RowResults
from ravs.experiments.table import read_table
from ravs.experiments.table_report import as_markdown, write_report
from ravs.experiments.table_row import ExperimentRow
from ravs.experiments.table_runner import run_table
from ravs.version import VERSION

FIGURES = {"ss": 0.5, "ms": 0.6, "msmi": 0.4, "mean": 0.5, "look-alike": 0.3, "transition": 0.2, "class right": 0.9}


@pytest.fixture
def table(tmp_path, library_root):
    data = {"scenes": 4, "takes": 1, "size": 32, "seconds": 2, "validation_clips": 2, "validation_size": 32}
    training = {"steps": 2, "batch_size": 2, "warmup_steps": 1, "evaluate_every": 2, "workers": 0}
    model = {"classes": list(Library.read(library_root).classes), "image_size": 32, "audio_directions": 8}
    setting = {"preset": "ravs-debug", "model": model, "data": data | {"held_out": None}, "training": training}
    (tmp_path / "setting.yaml").write_text(yaml.safe_dump(setting))
    hear = setting | {"task": "tagging", "data": {"validation_clips": 2, "held_out": None}}
    (tmp_path / "hear.yaml").write_text(yaml.safe_dump(hear))
    (tmp_path / "setting.yaml").write_text(yaml.safe_dump(setting | {"audio_weights": str(tmp_path / "work" / "hear")}))
    rows = {"whole": None, "plain": {"set": {"model": {"alignment": "cross_attention", "contrastive": False}}}}
    values = {"title": "Two", "setting": "setting.yaml", "prepare": {"hear": "hear.yaml"}, "rows": rows}
    (tmp_path / "two.yaml").write_text(yaml.safe_dump(values, sort_keys=False))
    return read_table(tmp_path / "two.yaml")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_table_is_run_written_and_not_run_again(table, tmp_path, library_root, monkeypatch):
    monkeypatch.setattr(on_library, "CLIPS", 1)
    said = []
    places = {"library": library_root, "out": tmp_path / "out", "work": tmp_path / "work", "jobs": 1}
    path = run_table(table, **places, report=said.append)
    text = path.read_text()
    assert "| whole | 1 | 0." in text and "| plain | 1 | 0." in text and "the rest" not in text
    assert (tmp_path / "out" / "two.png").is_file()
    results = sorted((tmp_path / "out" / "results").glob("*.json"))
    assert {path.stem for path in results} == {run.key for run in runs_of(table).values()}
    assert {"ss", "ms", "msmi", "mean", "look-alike", "transition"} <= set(
        json.loads(results[0].read_text())["figures"]
    )
    made = json.loads(results[0].read_text())
    assert made["versions"]["ravs"] == VERSION and "git" in made
    assert made["recipe"]["model"]["image_size"] == 32
    assert not [path for stem in results for path in (tmp_path / "work" / stem.stem).glob("checkpoint-*")]
    monkeypatch.setattr("ravs.experiments.experiment_run.train", None)  # whoever calls it fails
    again = []
    assert run_table(table, **places, report=again.append) == path
    assert said and again == ["2 of 2 runs are already done"]


def test_a_run_that_another_process_is_at_is_waited_for_and_not_repeated(table, tmp_path, monkeypatch):
    run, results = next(iter(runs_of(table).values())), tmp_path / "results"
    began = []

    def slowly(run: ExperimentRun, library: Path, folder: Path) -> dict:
        began.append(run.key)
        time.sleep(0.5)
        return {"key": run.key}

    monkeypatch.setattr(run_module, "train_and_evaluate", slowly)
    act = partial(run_module.result_of, run, source=tmp_path, work=tmp_path / "work", results=results)
    with ThreadPoolExecutor(2) as pool:
        found = [future.result() for future in [pool.submit(act), pool.submit(act)]]
    assert found == [{"key": run.key}] * 2 and began == [run.key]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (RavsError("the loss of step 3 is no finite number"), "the loss of step 3"),
        (MemoryError("120 GB"), "MemoryError: 120 GB"),
    ],
)
def test_a_run_that_fails_leaves_the_others_alone_and_is_named_at_the_end(error, words, table, tmp_path, monkeypatch):
    whole, plain = runs_of(table).values()

    def made(run: ExperimentRun, source: Path, folder: Path) -> dict:
        if run.key == whole.key:
            raise error
        return {"key": run.key, "figures": FIGURES, "seconds": 1, "parameters": 10**6, "data_sha256": "0" * 16}

    monkeypatch.setattr(run_module, "train_and_evaluate", made)
    monkeypatch.setattr(runner_module, "train", lambda *_given, **_named: None)  # what rows start from
    said, places = [], {"library": tmp_path, "out": tmp_path / "out", "work": tmp_path / "work", "jobs": 1}
    with pytest.raises(RavsError, match=rf"1 of 2 runs failed.*whole, seed 0 \({whole.key}\): {words}"):
        run_table(table, **places, report=said.append)
    assert said == ["0 of 2 runs are already done", f"1/2 plain, seed 0 ({plain.key}): J&F 0.500 in 1 s"]
    assert "| plain | 1 | 0.500 |" in (tmp_path / "out" / "two.md").read_text()


def test_a_negative_number_of_jobs_and_a_missing_library_of_charts_are_reported_before_anything_is_trained(
    table, tmp_path, monkeypatch
):
    places = {"library": tmp_path, "out": tmp_path / "out", "work": tmp_path / "work"}
    with pytest.raises(RavsError, match="jobs is -1; give a number of runs, or 0"):
        run_table(table, **places, jobs=-1)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(RavsError, match="matplotlib"):
        run_table(table, **places)
    assert not (tmp_path / "out").exists() and not (tmp_path / "work").exists()


def test_a_table_without_results_says_what_is_missing(table, tmp_path):
    text = write_report(table, runs_of(table), tmp_path / "out").read_text()
    assert "0 of 2 runs; the same command runs the rest." in text
    assert "| whole | 0 | – |" in text
    assert not (tmp_path / "out" / "two.png").exists()


def test_means_and_deviations_of_seeds_stand_beside_the_papers_values(table):
    results = [
        {"figures": FIGURES | {"ss": value}, "parameters": 1_500_000, "data_sha256": "0123456789abcdef99"}
        for value in (0.4, 0.5, 0.6)
    ]
    text = as_markdown(
        table,
        [RowResults(ExperimentRow(name="whole", changes={}), results)],
        next(iter(runs_of(table).values())).recipe,
    )
    # mean 0.5; deviation of the sample sqrt((0.01 + 0 + 0.01) / 2) = 0.1
    assert "| whole | 3 | 0.500 ± 0.100 | 0.600 ± 0.000 |" in text
    assert (
        "| 0.900 ± 0.000 | – | 1.50 M |" in text and "J&F over classes" not in text
    )  # the results have no such figure
    with_classes = [result | {"figures": result["figures"] | {"classes": 0.25}} for result in results]
    rows = [
        RowResults(ExperimentRow(name="whole", changes={}), with_classes),
        RowResults(ExperimentRow(name="part", changes={}), [*with_classes[:1], *results]),
    ]
    text = as_markdown(table, rows, next(iter(runs_of(table).values())).recipe)
    whole, part = (
        line.rstrip(" |").rpartition(" | ")[2] for line in text.splitlines() if line.startswith(("| whole", "| part"))
    )
    assert (whole, part) == ("0.250 ± 0.000", "–")
    assert "SHA-256 of the val clips: 0123456789abcdef…" in text


def test_metrics_are_those_of_sounding_against_not():
    def part(jf):
        return {"dataset": {"sounding_jf": jf, "marked": jf / 100, "jf_with_background": jf / 2}}

    whole = {"look_alike_sounding_j": 0.1, "transition_sounding_j": 0.2, "class_accuracy": 0.3, "ece": 0.01}
    evaluated = {
        "protocols": {"dataset": whole},
        "subsets": {"ss": part(0.6), "ms": part(0.3), "msmi": part(0.9), "negative ambient": part(0.5)},
    }
    figures = shown_metrics(evaluated)
    assert figures["mean"] == pytest.approx(0.6) and figures["classes"] == pytest.approx(0.3)
    assert (figures["look-alike"], figures["transition"], figures["negative ambient"]) == (0.1, 0.2, 0.005)
