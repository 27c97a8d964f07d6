"""Checking a set: a clean one has no problem; what does not fit together is found under its path."""

import pytest

from ravs.data.datasets.check import check_dataset
from ravs.data.datasets.find_dataset import find_dataset
from support.checks import problems, texts


@pytest.mark.parametrize("name", ["s4", "ms3", "avss", "vpo"])
def test_a_clean_set_has_no_problem(miniature, name):
    assert problems(miniature(name)) == []


def test_a_clean_composed_set_has_no_problem_either(composed):
    assert problems(composed) == []


def test_sizes_that_differ_are_named_with_both(miniature, miniatures):
    root = miniature("avss", subsets=("v1m",))
    home = root / "v1m/v1mval_0_5000"
    miniatures.save_image(home / "frames/2.jpg", 20, size=32)  # the mask then differs from its frame as well
    miniatures.save_mask(home / "labels_semantic/4.png", miniatures.quarters(0, 1, 1, 0, size=16), "L")
    assert texts(root) == {
        "v1m/v1mval_0_5000/frames/2.jpg": "32×32 pixels; the video's first frame has 24×24",
        "v1m/v1mval_0_5000/labels_semantic/2.png": "24×24 pixels; its frame has 32×32",
        "v1m/v1mval_0_5000/labels_semantic/4.png": "16×16 pixels; its frame has 24×24",
    }


@pytest.mark.parametrize(("name", "table"), [("s4", "s4_meta_data.csv"), ("avss", "metadata.csv")])
def test_a_name_that_the_metadata_have_twice_is_named(miniature, name, table):
    root = miniature(name)
    path = next(root.rglob(table))
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines, lines[-1]]) + "\n")
    ((where, kind),) = problems(root)
    assert kind == "twice" and where in ("s4/dog_barking/test-dog_1000", "v2/v2test_0_5000")
    assert len(find_dataset(root).entries) == len(lines) - 1


def test_files_that_are_not_in_the_metadata_are_unexpected_and_hidden_ones_ignored(miniature, miniatures):
    root = miniature("s4")
    frames = next(root.rglob("visual_frames/val/*/*/"))
    miniatures.save_image(frames / "other.png", 3)
    (frames / ".DS_Store").write_text("")
    masks = next(root.rglob("gt_masks/train/*/*/"))
    miniatures.save_mask(masks / f"{masks.name}_2.png", miniatures.quarters(0, 0, 0, 1), "L")  # training has but one
    odd = {str(path.relative_to(root)) for path in (frames / "other.png", masks / f"{masks.name}_2.png")}
    assert dict(problems(root)) == dict.fromkeys(odd, "odd")


def test_a_part_whose_masks_are_all_unknown_is_reported(miniature, miniatures):
    root = miniature("avss", subsets=("v1m",))
    miniatures.fill_masks(root, "val", 255)
    (found,) = check_dataset(find_dataset(root)).problems
    assert (found.path, found.text) == (root, "v1m val: every mask holds 255 alone: nothing is labelled")


def test_a_recording_that_many_share_is_one_problem(miniature):
    root = miniature("vpo")
    path = root / "vggsound_bench/VGGSound/audios/car_000001.wav"
    path.unlink()
    assert problems(root) == [(str(path.relative_to(root)), "missing")]


def test_progress_counts_all_files_whatever_the_number_of_threads(miniature):
    opened, calls = find_dataset(miniature("avss")), []
    reports = [check_dataset(opened, jobs, lambda done, total: calls.append((done, total))) for jobs in (1, 3)]
    assert reports[0] == reports[1]
    assert calls[-1][0] == calls[-1][1] == len(calls) // 2
