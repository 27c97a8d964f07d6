"""The order in which figures take the videos: that of the set's table, on which avsbench hangs; and sets apart."""

import json

import pytest

from ravs.data.sets.find import find_set
from ravs.errors import InputError
from ravs.evaluation.compare import compare
from ravs.evaluation.job import evaluate
from ravs.evaluation.report import in_form, in_words
from ravs.recipe import SetRecipe
from ravs.training.parts import open_parts

F = sum(1.3 * part / (0.3 * part + 1) for part in (1 / 4, 2 / 4, 3 / 4, 1, 1)) / 5  # everything marked, q of it right
LISTED = (0.7 / 2, F / 2)  # J and F of two batches: z and m sound, a is silent
BY_NAME = ((0.35 + 0.7) / 2, F)  # a and m, z


@pytest.fixture
def asked(order, miniature, tmp_path):
    """Three dogs listed as z, m, a, of which a is silent; a model that marks everything; batches of two clips."""
    data = miniature("s4", folder=tmp_path / "data", names="zma", silent="a")
    return order(data, "everything", protocols="avsbench", batch_size=10)


def j_and_f(figures):
    return figures["j"], figures["f"]


def test_avsbench_takes_the_videos_in_the_order_of_the_table(asked):
    result = evaluate(asked)
    assert j_and_f(result["protocols"]["avsbench"]) == pytest.approx(LISTED)
    assert result["order"] == "table"


def test_a_subset_of_a_set_keeps_the_order_of_its_table(asked, miniature):
    root = miniature("ms3", folder=asked.data)
    found = find_set(root, "s4")
    assert [entry.name[-1] for entry in found.as_listed(found.select("test"))] == ["z", "m", "a"]
    assert [entry.name[-1] for entry in found.select("test")] == ["a", "m", "z"]


def test_validation_takes_them_in_that_order_too(asked):
    assert [entry.name[-1] for entry in open_parts(SetRecipe(set="s4"), asked.data).validation] == ["z", "m", "a"]


def test_evaluations_are_compared_in_that_order(asked):
    evaluate(asked)
    (found,) = compare([asked.out, asked.out], "avsbench", batch_size=10)
    figures = found["protocols"]["avsbench"]
    assert (figures["j"]["second"], figures["f"]["second"]) == pytest.approx(LISTED)


def test_results_without_an_order_are_read_by_name_and_get_one_when_they_are_evaluated_again(asked, monkeypatch):
    first = evaluate(asked)
    kept = asked.out / "own/order.json"
    order = json.loads(kept.read_text())
    kept.unlink()
    (found,) = compare([asked.out, asked.out], "avsbench", batch_size=10)
    figures = found["protocols"]["avsbench"]
    assert (figures["j"]["first"], figures["f"]["first"]) == pytest.approx(BY_NAME)
    monkeypatch.setattr("ravs.evaluation.predict.infer", None)  # nothing is counted anew
    assert evaluate(asked)["protocols"] == first["protocols"] and json.loads(kept.read_text()) == order


def test_a_broken_order_says_what_to_do(asked):
    evaluate(asked)
    (asked.out / "own/order.json").write_text("{")
    with pytest.raises(InputError, match=r"order\.json is broken .*: run ravs evaluate again"):
        compare([asked.out, asked.out])


@pytest.fixture(scope="module")
def both(tmp_path_factory, miniatures, models):
    from ravs.evaluation.job import Order
    from ravs.evaluation.setting import Setting

    root = miniatures.write_ms3(miniatures.write_s4(tmp_path_factory.mktemp("both")))
    out = tmp_path_factory.mktemp("out")
    setting = Setting(size=32, protocols="dataset,avsbench")
    return evaluate(Order(model=models("everything"), data=root, setting=setting, out=out, device="cpu"))


def test_s4_and_ms3_in_one_folder_have_a_headline_each_and_none_together(both):
    lines = in_words(both).splitlines()
    assert [line for line in lines if "labelled frames" in line][1:] == [
        "ms3: 1 videos, 5 labelled frames",
        "s4: 1 videos, 5 labelled frames",
    ]
    assert sum(line.startswith("dataset   70.00") for line in lines) == 2  # 14 of 20 quarters
    assert both["apart"] and "dataset, by subset" not in in_words(both)


def test_csv_and_latex_of_sets_apart_name_each(both):
    lines = in_form("csv", "mine", both).splitlines()
    assert {line.split(",")[0] for line in lines[1:]} == {
        "ms3 dataset",
        "ms3 avsbench",
        "s4 dataset",
        "s4 avsbench",
    }
    rows = in_form("latex", "mine", both).splitlines()
    assert [row.split(" & ")[0] for row in rows if not row.startswith("%")] == ["mine ms3", "mine s4"]


def test_the_parts_of_one_set_have_one_headline(order, miniature):
    result = evaluate(order(miniature("avss"), binary=True))
    assert not result["apart"] and "dataset, by subset" in in_words(result)
