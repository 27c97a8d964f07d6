"""Evaluations compared, pair by pair."""

import pytest

from ravs.errors import InputError
from ravs.evaluation.compare import compare, comparison_as_text
from ravs.evaluation.job import evaluate


@pytest.fixture(scope="module")
def results(request_in, library_root, library, tmp_path_factory):
    """Folders of three evaluations of the same clips, and one of others."""
    found, folder = {}, tmp_path_factory.mktemp("results")
    for name, kind, seed in (
        ("first", "everything", 1),
        ("same", "everything", 1),
        ("none", "nothing", 1),
        ("other", "nothing", 2),
    ):
        asked = request_in(folder, library_root, kind, library.classes, clips=2, seeds=(seed,), out=name, binary=True)
        evaluate(asked)
        found[name] = asked.out / "own"
    return found


def test_equal_evaluations_do_not_differ_and_the_difference_has_no_width(results):
    (found,) = compare([results["first"], results["same"] / "result.json"])
    for metrics in found["protocols"].values():
        for row in metrics.values():
            assert row["difference"] == 0 and row["interval"] == (0, 0)


def test_a_model_that_marks_nothing_is_worse_and_the_text_says_so(results):
    same, none = compare([results["first"], results["same"], results["none"]], "dataset")
    row = none["protocols"]["dataset"]["j"]
    assert row["difference"] == -row["first"] < 0
    assert row["interval"][0] <= row["difference"] <= row["interval"][1] < 0
    assert "worse" in comparison_as_text([none]) and "undecided" in comparison_as_text([same])


def test_evaluations_of_other_videos_and_single_ones_are_refused(results, tmp_path):
    with pytest.raises(InputError, match=r"cannot be compared: .* is in one of them only"):
        compare([results["first"], results["other"]])
    with pytest.raises(InputError, match="1 result to compare"):
        compare([results["first"]])
    with pytest.raises(InputError, match="no evaluation lies there"):
        compare([tmp_path, results["first"]])


def test_the_same_names_with_other_content_are_refused(make_request, miniature, tmp_path):
    places = []
    for name, mode in (("a", "1"), ("b", "1")):
        data = miniature("s4", folder=tmp_path / name, seconds=5)
        if name == "b":
            wav = next((data / "Single-source").rglob("*test*.wav"))
            wav.write_bytes(wav.read_bytes()[:-2] + b"\x01\x00")
        asked = make_request(data, out=f"out-{name}-{mode}")
        evaluate(asked)
        places.append(asked.out / "own")
    with pytest.raises(InputError, match="has other images, ground truth or audio"):
        compare(places)


def test_unfinished_evaluations_and_other_sizes_are_refused(make_request, miniature):
    data = miniature("avss")
    asked = [make_request(data, binary=True, out=str(size), size=size) for size in (32, 48)]
    for one in asked:
        evaluate(one)
    with pytest.raises(InputError, match="score other sizes"):
        compare([one.out for one in asked])
    next((asked[0].out / "own/videos").rglob("*.npz")).unlink()
    with pytest.raises(InputError, match="has 2 of 3 videos"):
        compare([asked[0].out, asked[0].out])
    with pytest.raises(InputError, match="seed is -1"):
        compare([asked[1].out, asked[1].out], seed=-1)
