"""The paper's tables on miniature data sets: the published rows with debug models and one epoch."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from ravs.cli.main import main
from ravs.config.recipe import ComposedDataRecipe, DatasetRecipe
from ravs.config.recipe.find_recipe import RECIPES
from ravs.data.datasets.find_dataset import find_dataset
from ravs.errors import InputError
from ravs.experiments.dataset_runs import dataset_folder, sets_in
from ravs.experiments.experiment_run import ExperimentRun, runs_of
from ravs.experiments.table import read_table
from ravs.experiments.table_report import draw_table_chart
from ravs.experiments.table_runner import run_table

CLONE = Path(__file__).parents[2]
TINY = [
    *("visual_weights=null", "audio_weights=null", "model.image_size=32", "training.gradient_checkpointing=false"),
    *("training.epochs=1", "training.warmup_epochs=0", "training.frozen_epochs=0", "training.batch_size=1"),
    *("training.workers=0", "training.log_every=1", "data.held_out=0.5"),
]


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """The project's tables, whose recipes have debug models and whose runs last one epoch."""
    monkeypatch.chdir(tmp_path)
    for path in RECIPES.rglob("*.yaml"):
        copy = tmp_path / "recipes" / path.relative_to(RECIPES)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(re.sub(r"^preset: (\w+)-\S+", r"preset: \1-debug", path.read_text(), flags=re.MULTILINE))
    monkeypatch.setattr("ravs.experiments.table.FOLDER", tmp_path / "recipes" / "experiments")

    def read(name, *rows, columns=None):
        table = read_table(name, on_sets=True, changes=TINY)
        settings = {column: table.settings[column] for column in columns or table.settings}
        chosen = tuple(
            replace(row, settings={key: path for key, path in row.settings.items() if key in settings})
            for row in table.rows
            if not rows or row.name.startswith(rows)
        )
        return replace(table, settings=settings, rows=chosen)

    return read


@pytest.fixture
def run(tmp_path):
    """Carries out a table on a folder: the text of its report, and what was said."""

    def carry_out(table, data, **more):
        said = []
        places = {"out": tmp_path / "out", "work": tmp_path / "work", "jobs": 1, "report": said.append}
        path = run_table(table, data=data, **places | more)
        return path.read_text(), said

    return carry_out


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_published_row_is_trained_on_two_sets_of_one_folder_and_scored_on_their_test_splits(
    tiny, run, miniature, tmp_path, monkeypatch
):
    miniature("s4", folder=tmp_path / "data")
    miniature("avss", folder=tmp_path / "data" / "AVSS", subsets=("v1m",))
    table = tiny("table-1", "TPAVI", columns=("S4", "AVSS"))
    text, said = run(table, tmp_path / "data")
    assert [line.split(" (")[0] for line in said[1:]] == [
        "1/2 S4, TPAVI, PVT-v2-B5, VGGish, seed 1",
        "2/2 AVSS, TPAVI, PVT-v2-B5, VGGish, seed 1",
    ]
    results = {path.stem: json.loads(path.read_text()) for path in (tmp_path / "out/results").glob("*.json")}
    s4, avss = (results[one.key] for one in runs_of(table).values())
    assert [(one["split"], one["videos"], one["frames"]) for one in (s4, avss)] == [("test", 1, 5)] * 2
    assert {"dataset", "avsbench", "cavp", "ddeseg"} == set(s4["figures"])
    assert {"dataset", "avss", "avss_padded", "cavp", "ddeseg"} == set(avss["figures"])
    assert s4["recipe"]["training"]["optimiser"] == "adam" and s4["recipe"]["model"]["loss"] == "own"  # `published`
    heads = "| ddeseg J&F | ddeseg J | ddeseg F | avss J&F | avss J | avss F | parameters | paper: J&F |"
    assert heads in text.partition("## AVSS")[2] and "| 83.3 | 78.7 | 87.9 |" in text.partition("## AVSS")[0]
    assert f"| {100 * s4['figures']['avsbench']['f']:.2f} |" in text
    monkeypatch.setattr("ravs.experiments.experiment_run.train", None)  # whoever calls it fails
    assert run(table, tmp_path / "data") == (text, ["2 of 2 runs are already done"])


@pytest.fixture
def own(tmp_path):
    """Writes a table of one's own on a data set, with one setting."""

    def write(rows, name="vpo-ss", **more):
        training = {"steps": 1, "batch_size": 1, "warmup_steps": 0, "evaluate_every": 1, "workers": 0}
        setting = {"preset": "ravs-debug", "model": {"image_size": 32, "clip_seconds": 1}, "training": training}
        (tmp_path / "mine.yaml").write_text(yaml.safe_dump(setting | {"data": {"set": name, "held_out": 0.5}}))
        values = {"title": "Mine", "setting": "mine.yaml", "rows": rows} | more
        (tmp_path / "own.yaml").write_text(yaml.safe_dump(values, sort_keys=False))
        return tmp_path / "own.yaml"

    return write


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_ones_own_table_runs_from_the_command_line_and_a_row_that_fails_leaves_the_others_alone(
    own, miniature, tmp_path, monkeypatch, capsys
):
    path, root = own({"too many": {"set": {"training": {"batch_size": 50}}}, "as it is": None}), miniature("vpo")
    monkeypatch.chdir(tmp_path)
    code = main(["experiment", str(path), "--data", str(root), "-o", "out", "-j", "1", "--set", "data.mono=true"])
    said = capsys.readouterr()
    assert code == 1 and "1 of 2 runs failed" in said.err and "too many, seed 0" in said.err
    text = (tmp_path / "out/own.md").read_text()
    assert "| too many | 0 | – |" in text and "| as it is | 1 | " in text and "`--set data.mono=true`" in text
    assert "1 of 2 runs; the same command runs the rest." in text and (tmp_path / "out/own.png").is_file()


def test_s4_and_ms3_are_those_of_avsbench_object_where_it_lies_beside_avsbench_semantic(miniature, tmp_path):
    miniature("avss", folder=tmp_path / "AVSS")
    assert dataset_folder(tmp_path, DatasetRecipe(set="s4")) == tmp_path
    assert find_dataset(tmp_path, "s4").title == "AVSBench-semantic as S4 and MS3"
    miniature("s4")
    miniature("ms3")
    miniature("vpo")
    assert dataset_folder(tmp_path, DatasetRecipe(set="s4")) == tmp_path / "Single-source"
    assert dataset_folder(tmp_path, DatasetRecipe(set="ms3")) == tmp_path / "Multi-sources"
    assert dataset_folder(tmp_path, DatasetRecipe(set="avss")) == tmp_path / "AVSS"
    assert dataset_folder(tmp_path, DatasetRecipe(set="vpo-msmi")) == tmp_path / "VPO"
    there, remarks = sets_in(
        tmp_path, [DatasetRecipe(set=name, held_out=0.5) for name in ("s4", "ms3", "avss", "vpo-ss")]
    )
    assert (there, remarks) == ({"s4", "ms3", "avss", "vpo-ss"}, ())


def test_columns_whose_set_is_not_in_the_folder_are_left_out_and_named(miniature, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(CLONE)
    result = {"figures": {"ddeseg": {"jf": 0.5, "j": 0.4, "f": 0.6}}, "seconds": 1, "parameters": 10**6}
    result |= {"data_sha256": "0" * 16, "set": "S4", "split": "test", "videos": 1, "frames": 5}
    monkeypatch.setattr(
        "ravs.experiments.experiment_run.train_and_evaluate", lambda run, source, folder: result | {"key": run.key}
    )
    monkeypatch.setattr(
        "ravs.experiments.table_report.draw_table_chart", lambda *given: None
    )  # of bars another test knows
    monkeypatch.setattr("ravs.experiments.table_runner.WORK_FOLDER", tmp_path / "work")
    root, out = miniature("s4", folder=tmp_path / "data"), tmp_path / "out"
    assert main(["experiment", "table-1", "--data", str(root), "-o", str(out), "-j", "1"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.partition(" is left out: ")[0] for line in said[:2]] == ["ms3", "avss"]
    assert said[2] == "0 of 6 runs are already done"
    assert said[3].startswith("1/6 S4, RAVS, MiT-B5, HTSAT, seed 1 (") and "J&F 0.500" in said[3]
    assert str(out / "table-1-avsbench.md") in said
    assert "| RAVS, MiT-B5, HTSAT | 1 | 50.00 | 40.00 | 60.00 | 1.00 M | 93.5 | 93.1 | 93.8 |" in said
    assert said[-2] == "6 of 18 runs; the same command runs the rest."


def test_a_folder_without_any_of_the_sets_or_with_a_broken_one_ends_before_anything_is_trained(tiny, run, miniature):
    root = miniature("s4")
    with pytest.raises(InputError, match="and the recipe wants AVSBench-semantic"):
        run(tiny("table-1", columns=("AVSS",)), root)
    (root / "Single-source/s4_meta_data.csv").write_text("name,start,category,split\na,0,dog_barking,nowhere\n")
    with pytest.raises(InputError, match="split 'nowhere' is none of"):
        run(tiny("table-1", columns=("S4",)), root)


def test_a_folder_that_is_missing_or_not_needed_is_reported(own, run, tmp_path):
    table = read_table(own({"a": None}))
    with pytest.raises(InputError, match=r"own\.yaml trains on data sets: give --data"):
        run(table, None)
    with pytest.raises(InputError, match=r"--library lib: nothing in .* trains on composed clips; leave it out"):
        run(table, tmp_path, library=Path("lib"))
    composed = read_table("choices")
    with pytest.raises(InputError, match=r"choices\.yaml trains on composed clips: give --library"):
        run(composed, tmp_path)


def test_rows_on_composed_clips_beside_rows_on_sets_are_refused(own, tmp_path):
    (tmp_path / "composed.yaml").write_text("preset: ravs-debug\n")
    with pytest.raises(InputError, match="some rows train on composed clips and some on data sets"):
        runs_of(read_table(own({"a": None, "b": {"setting": "composed.yaml"}})))


def test_a_run_on_s4_is_neither_one_on_ms3_nor_one_on_composed_clips(own):
    keys = set()
    for name in ("s4", "ms3"):  # s4 is the default of `data.set`
        (run,) = runs_of(read_table(own({"a": None}, name))).values()
        keys |= {run.key, ExperimentRun(replace(run.recipe, data=ComposedDataRecipe())).key}
    assert len(keys) == 3


@pytest.mark.parametrize("name", ["table-1-avsbench", "table-2-vpo", "table-3-avsbench", "table-4-avsbench"])
def test_the_papers_values_agree_with_each_other_and_each_column_is_its_set(name):
    table = read_table(name)
    for row in table.rows:
        assert list(row.paper) == list(table.settings)
        for jf, j, f in row.paper.values():
            assert abs(jf - (j + f) / 2) <= 0.1  # rounded, and truncated here and there
    assert all(one.recipe.data.set == place.column.lower() for place, one in runs_of(table).items())


def test_bars_are_drawn_where_a_row_has_no_result_in_a_column(own, tmp_path):
    table = read_table(own({"a": None, "b": None}))
    bars = {"S4": [np.array([50.0]), np.array([])], "MS3": [np.array([]), np.array([30.0, 40.0])]}
    draw_table_chart(table, bars, "J&F", tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size > 1000


def test_the_tables_of_the_docs_are_tables(tmp_path):
    blocks = re.findall(r"```yaml\n(.*?)```", (CLONE / "docs/experiments.md").read_text(), re.DOTALL)
    counts = []
    for block in blocks:
        (tmp_path / "mine.yaml").write_text(block)
        runs = runs_of(read_table(tmp_path / "mine.yaml"))
        counts.append((len(runs), {run.on_set for run in runs.values()}))
    assert counts == [(6, {False}), (4, {True})]
