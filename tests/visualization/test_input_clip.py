"""Clips of data sets as they are drawn: their own frames, sound and truth."""

import numpy as np
import pytest

from ravs.data.datasets.find_dataset import find_dataset
from ravs.errors import InputError, NoMatchError
from ravs.inference.segmenter import load
from ravs.visualization import visualize
from ravs.visualization.image_grid import draw_sheet
from ravs.visualization.input_clip import input_from_dataset


@pytest.fixture(scope="module")
def segmenter(model_folder):
    return load(model_folder)  # two seconds a clip


def test_a_clip_is_drawn_second_by_second_as_its_windows_are_marked(segmenter, miniature):
    root = miniature("ms3")
    subject = input_from_dataset(root, index=0, split="test", subset="ms3")
    seconds = subject.run(segmenter)
    assert [second.marked.end_s for second in seconds] == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert [int(second.image[0, 0, 0]) for second in seconds] == [10, 20, 30, 40, 50]
    data = find_dataset(root)
    clip = data.read(data.select("test")[0])
    for first in (0, 2, 4):
        frames = clip.frames[first : first + 2]
        wave = clip.waveform[:, first * clip.sample_rate_hz : (first + len(frames)) * clip.sample_rate_hz]
        masks = segmenter.segment(frames=frames, waveform=wave, sample_rate_hz=clip.sample_rate_hz)
        for second, frame in zip(seconds[first : first + 2], masks.frames, strict=True):
            np.testing.assert_array_equal(second.marked.labels, frame.labels)
            np.testing.assert_array_equal(second.marked.uncertainty_map, frame.uncertainty_map)


def test_the_truth_is_the_sets_own_and_names_its_classes(miniature):
    subject = input_from_dataset(miniature("avss"), index=0, split="val", subset="v2")
    assert subject.title == "v2/v2val_0_5000" and subject.folder == "v2-v2val_0_5000"
    truth = subject.truth.of_second(9)
    assert list(truth) == ["accordion", "dog", "woman"]  # quarters of 0, 70, 17 and 1
    assert truth["woman"][:12, 12:].all() and truth["woman"].sum() == 144
    assert subject.note([]) == "drawn: v2/v2val_0_5000 of AVSBench-semantic, v2 val"


def test_seconds_that_are_not_labelled_are_distinguished_from_those_where_nothing_sounds(miniature):
    subject = input_from_dataset(miniature("s4"), index=0, split="train", subset=None)
    assert list(subject.truth.of_second(0)) == ["sounding"]
    assert [subject.truth.of_second(second) for second in range(1, 5)] == [None] * 4
    silent = input_from_dataset(miniature("s4"), index=0, split="test", subset=None).truth
    silent.masks[3] = 0
    assert silent.of_second(3) == {}


def test_unlabelled_seconds_are_said_below_the_truth(model_folder, miniature, tmp_path, monkeypatch):
    rows = []
    kept = "ravs.visualization.comparison.draw_sheet"
    monkeypatch.setattr(kept, lambda *given: rows.extend(given[3]) or draw_sheet(*given))
    drawn = visualize([str(model_folder)] * 2, out=tmp_path / "out", data=miniature("s4"), split="train")
    assert [path.name for path in drawn.files] == ["comparison.png"]
    assert [row.name for row in rows][:2] == ["frames", "truth"]
    assert list(rows[1].notes) == ["sounding", *["not labelled"] * 4]


def test_what_is_not_there_or_does_not_fit_together_is_refused(miniature, tmp_path):
    root = miniature("s4")
    with pytest.raises(InputError, match=r"--index 7: val of .* has 1, from 0 to 0"):
        visualize("ravs-tiny", data=root, index=7, split="val")
    with pytest.raises(InputError, match="has no subset 'v2'; it has s4"):
        visualize("ravs-tiny", data=root, subset="v2")
    with pytest.raises(InputError, match="--start 1 is of a video; a data set's clip is drawn completely"):
        visualize("ravs-tiny", data=root, start="1")
    with pytest.raises(InputError, match="--index 0 is of a data set's clip; give --data, and no video"):
        visualize("ravs-tiny", tmp_path / "a.mp4", index=0)
    with pytest.raises(InputError, match="nothing to draw: name a video, or a data set with --data"):
        visualize("ravs-tiny")
    with pytest.raises(NoMatchError, match="no such folder"):
        visualize("ravs-tiny", data=tmp_path / "nowhere")
