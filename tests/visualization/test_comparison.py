import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from ravs.errors import InputError
from ravs.inference.outputs.overlay.style import overlay_color
from ravs.structures.palette import write_mask
from ravs.visualization import visualize
from ravs.visualization.comparison import draw_comparison, number_of, row_names
from ravs.visualization.figures import paint_masks
from ravs.visualization.ground_truth import GroundTruth, find_truth


def masks_in(folder, values):
    """A mask of 8 x 8 pixels for each value, in its left half."""
    folder.mkdir(parents=True)
    for second, value in enumerate(values):
        mask = np.zeros((8, 8), np.uint8)
        mask[:, :4] = value
        write_mask(folder / f"{second}.png", mask)
    return folder


@pytest.fixture
def composed(tmp_path, draw_clip):
    """A clip of three seconds in the form of a composed one: a drum sounds in the second second."""
    video = draw_clip(tmp_path / "clip" / "video.mp4", seconds=3)
    masks_in(video.parent / "masks", [0, 7, 0])
    objects = [{"index": 7, "class": "drum"}, {"index": 0, "class": "fox"}]
    (video.parent / "meta.json").write_text(json.dumps({"objects": objects}))
    return video


def test_truth_lies_beside_a_composed_clip_and_has_its_names(composed):
    truth = find_truth(composed, None)
    assert truth.of_second(0) == {} and truth.of_second(2) == {}
    (drum,) = truth.of_second(1).items()
    assert drum[0] == "drum" and drum[1][:, :4].all() and not drum[1][:, 4:].any()


def test_any_other_video_has_truth_only_where_it_is_named(tmp_path, draw_clip):
    video = draw_clip(tmp_path / "a.mp4")
    assert find_truth(video, None) is None
    truth = find_truth(video, masks_in(tmp_path / "masks", [0, 3]))
    assert list(truth.of_second(1)) == ["value 3"]


def test_black_and_white_masks_mean_sounding_and_255_beside_others_is_unknown(tmp_path):
    truth = find_truth(tmp_path / "a.mp4", masks_in(tmp_path / "masks", [255, 0]))
    assert list(truth.of_second(0)) == ["sounding"] and truth.of_second(1) == {}
    mixed = np.zeros((8, 8), np.uint8)
    mixed[0], mixed[1] = 255, 2
    write_mask(tmp_path / "masks" / "0.png", mixed)
    assert list(truth.of_second(0)) == ["value 2"]


def test_masks_are_taken_in_the_order_of_their_numbers(tmp_path):
    truth = find_truth(tmp_path / "a.mp4", masks_in(tmp_path / "masks", range(12)))
    assert [list(truth.of_second(second)) for second in (2, 10)] == [["value 2"], ["value 10"]]


def test_missing_truth_says_what_is_needed(tmp_path):
    truth = GroundTruth(paths=find_truth(tmp_path, masks_in(tmp_path / "masks", [0, 0])).paths)
    with pytest.raises(InputError, match=r"masks holds 2 masks, none of second 3: one a second is needed"):
        truth.of_second(2)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"--truth .*empty: no \.png file lies there"):
        find_truth(tmp_path, tmp_path / "empty")


def test_names_that_several_models_have_are_numbered():
    assert row_names(["a", "b", "a"]) == ["a (1)", "b", "a (2)"]


def test_a_mask_of_another_size_is_painted_on_its_part_of_the_image():
    mask = np.zeros((4, 4), bool)
    mask[:, 2:] = True
    painted = paint_masks(np.full((40, 40, 3), 90, np.uint8), {5: mask})
    assert (painted[:, :17] == 90).all()
    assert (painted[20, 20] == overlay_color(5)).all()  # the outline
    inside = 90 + (np.array(overlay_color(5)) - 90) * 92 / 255
    assert np.abs(painted[20, 30] - inside).max() <= 2


def test_rows_are_frames_truth_and_models_and_columns_seconds(second, tmp_path, monkeypatch):
    drawn = []

    def caught(title, subject, times, rows, legend):
        drawn.append((times, rows, legend))
        return Image.new("RGB", (1, 1))

    monkeypatch.setattr("ravs.visualization.comparison.draw_sheet", caught)
    truth = find_truth(tmp_path, masks_in(tmp_path / "masks", [0, 7]))
    truth = replace(truth, names={7: "french_horn"})
    seconds = [second(1.0), second(2.0)]
    draw_comparison({"one": seconds, "two": seconds}, truth, "a.mp4")
    (times, rows, legend) = drawn[0]
    assert times == ["0:01.0", "0:02.0"] and len(legend) == 1
    assert [row.name for row in rows] == ["frames", "truth", "one", "two"]
    assert list(rows[1].notes) == ["nothing", "french horn"] and list(rows[2].notes) == ["nothing", "nothing"]
    np.testing.assert_array_equal(rows[1].images[0], seconds[0].image)
    changed = (rows[1].images[1] != seconds[1].image).any(axis=2)
    assert changed[:, :4].all() and not changed[:, 6:].any()


def test_the_truth_of_a_second_is_that_of_the_frame_it_shows(second):
    assert [number_of(second(end_s)) for end_s in (1.0, 2.0, 5.0)] == [0, 1, 4]


def test_several_models_give_the_comparison_alone(composed, model_folder, tmp_path):
    drawn = visualize([str(model_folder), str(model_folder)], composed, tmp_path / "out")
    assert [path.name for path in drawn.files] == ["comparison.png"]
    with Image.open(drawn.files[0]) as image:
        assert image.height > 4 * 200  # frames, truth and two models, each 200 pixels high


def test_one_model_with_truth_gives_its_figures_and_the_comparison(composed, model_folder, tmp_path):
    drawn = visualize(str(model_folder), composed, tmp_path / "out", start="1", end="2")
    assert [path.name for path in drawn.files][-2:] == ["uncertainty.png", "comparison.png"]
    assert len(drawn.files) == 6


def test_no_model_is_a_mistake(composed):
    with pytest.raises(InputError, match="no model: name one or more before the video"):
        visualize([], composed)
