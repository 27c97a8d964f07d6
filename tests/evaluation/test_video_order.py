"""The order of videos, which avsbench depends on, is that of the set's table; separate sets are reported separately."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from ravs.config.recipe import DatasetRecipe
from ravs.data.datasets.find_dataset import find_dataset
from ravs.errors import InputError
from ravs.evaluation.compare import compare, comparison_as_text
from ravs.evaluation.job import evaluate
from ravs.evaluation.report import format_evaluation, result_as_text
from ravs.training.data.splits import open_splits

F = sum(1.3 * part / (0.3 * part + 1) for part in (1 / 4, 2 / 4, 3 / 4, 1, 1)) / 5  # everything marked, q of it right
LISTED = (0.7 / 2, F / 2)  # J and F of two batches: z and m sound, a is silent
BY_NAME = ((0.35 + 0.7) / 2, F)  # a and m, z


@pytest.fixture(scope="module")
def kept(tmp_path_factory, miniatures, request_in):
    """Three dogs listed as z, m, a, of which a is silent; a model that marks everything; batches of two clips."""
    folder = tmp_path_factory.mktemp("order")
    data = miniatures.write_s4(folder / "data", names="zma", silent="a")
    asked = request_in(folder, data, "everything", protocols="avsbench", batch_size=10)
    return asked, evaluate(asked)


@pytest.fixture
def asked(kept, tmp_path):
    """The same with counts of its own."""
    return replace(kept[0], out=shutil.copytree(kept[0].out, tmp_path / "copy"))


def last_letters(entries):
    return "".join(entry.name[-1] for entry in entries)


def compared(first, second):
    """J and F of both, which are of the same counts."""
    (found,) = compare([first, second], "avsbench", batch_size=10)
    metrics = found["protocols"]["avsbench"]
    assert all(metrics[key]["first"] == metrics[key]["second"] for key in "jf")
    return metrics["j"]["first"], metrics["f"]["first"]


def test_avsbench_takes_the_videos_in_the_order_of_the_table(kept):
    metrics = kept[1]["protocols"]["avsbench"]
    assert (metrics["j"], metrics["f"]) == pytest.approx(LISTED)
    assert kept[1]["order"] == "table"


def test_a_subset_of_a_set_keeps_the_order_of_its_table(miniature):
    miniature("ms3")
    found = find_dataset(miniature("s4", names="zma"), "s4")
    assert last_letters(found.in_order(found.select("test"))) == "zma"
    assert last_letters(found.select("test")) == "amz"


def test_validation_takes_them_in_that_order_too(kept):
    assert last_letters(open_splits(DatasetRecipe(set="s4"), kept[0].data).validation) == "zma"


def test_results_without_an_order_are_read_by_name_and_get_one_when_they_are_evaluated_again(kept, asked, monkeypatch):
    assert compared(asked.out, kept[0].out) == pytest.approx(LISTED)
    order = asked.out / "own/order.json"
    before = order.read_text()
    order.unlink()
    assert compared(asked.out, asked.out) == pytest.approx(BY_NAME)
    assert compared(asked.out, kept[0].out) == compared(kept[0].out, asked.out) == pytest.approx(LISTED)
    monkeypatch.setattr("ravs.evaluation.frame_predictor.predict_probabilities", None)  # nothing is counted again
    assert evaluate(asked)["protocols"] == kept[1]["protocols"] and order.read_text() == before


def test_a_broken_order_says_what_to_do(asked):
    (asked.out / "own/order.json").write_text("{")
    with pytest.raises(InputError, match=r"order\.json is broken .*: run ravs evaluate again"):
        compare([asked.out, asked.out])


@pytest.fixture(scope="module")
def both(tmp_path_factory, miniatures, request_in):
    folder = tmp_path_factory.mktemp("both")
    root = miniatures.write_ms3(miniatures.write_s4(folder / "data"))
    return evaluate(request_in(folder, root, "everything", protocols="dataset,avsbench"))


def test_s4_and_ms3_in_one_folder_have_a_headline_each_and_none_together(both):
    lines = result_as_text(both).splitlines()
    assert [line for line in lines if "labelled frames" in line][1:] == [
        "ms3: 1 videos, 5 labelled frames",
        "s4: 1 videos, 5 labelled frames",
    ]
    assert sum(line.startswith("dataset   70.00") for line in lines) == 2  # 14 of 20 quarters
    assert both["apart"] and "dataset, by subset" not in result_as_text(both)


def test_csv_and_latex_of_separate_sets_name_each(both):
    lines = format_evaluation("csv", "mine", both).splitlines()
    assert {line.split(",")[0] for line in lines[1:]} == {
        "ms3 dataset",
        "ms3 avsbench",
        "s4 dataset",
        "s4 avsbench",
    }
    rows = format_evaluation("latex", "mine", both).splitlines()
    assert [row.split(" & ")[0] for row in rows if not row.startswith("%")] == ["mine ms3", "mine s4"]


def test_separate_sets_are_compared_one_by_one(both):
    found = compare([Path(both["folder"]), Path(both["folder"])], "dataset")
    assert [(one["subset"], one["videos"]) for one in found] == [("ms3", 1), ("s4", 1)]
    lines = comparison_as_text(found).splitlines()
    assert [line.split(", ")[1] for line in lines if " against " in line] == ["ms3", "s4"]


def test_the_parts_of_avsbench_semantic_are_one_set_and_those_of_vpo_are_not(miniature, tmp_path):
    apart = {
        name: find_dataset(miniature(name, folder=tmp_path / name)).subsets_are_datasets
        for name in ("avss", "vpo", "ms3")
    }
    assert apart == {"avss": False, "vpo": True, "ms3": True}
