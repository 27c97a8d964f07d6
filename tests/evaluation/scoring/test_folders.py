"""Folders of masks scored: the golden values, every kind of file, and every complaint."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import ravs
from ravs.errors import InputError, NoMatchError
from ravs.evaluation.scoring.folders import ScoreSettings, score_folders
from ravs.structures.palette import voc_color
from support import golden

MASK = np.array([[0, 1, 1], [0, 0, 1]], np.uint8)
SCORES = np.array([[-1, 2, 2], [-3, 1, 1]], np.float32)  # finds all, and one too much


def score(folders, **settings):
    return score_folders(*folders, ScoreSettings(**settings))["protocols"]


def numbered(arrays):
    return {f"clip_{number}": array for number, array in enumerate(arrays)}


@pytest.mark.parametrize(
    ("batch_size", "j", "f"), [(1, 0.525250, 0.703871), (4, 0.513790, 0.841447), (6, 0.525250, 0.817684)]
)
def test_logits_of_files_give_the_golden_values(folders, batch_size, j, f):
    truth, logits = golden.binary()
    found = score(folders(numbered(logits), numbered(truth * 255)), batch_size=batch_size)
    assert (found["avsbench"]["j"], found["avsbench"]["f"]) == (pytest.approx(j, abs=6e-7), pytest.approx(f, abs=6e-7))
    assert found["avsbench"]["batch_size"] == batch_size
    assert found["ddeseg"]["j"] == pytest.approx(0.560391, abs=6e-7)


def test_class_scores_of_files_give_the_golden_values_and_say_how_many_classes_there_are(folders):
    truth, scores = golden.semantic()
    result = score_folders(*folders(numbered(scores), numbered(truth)), ScoreSettings())
    assert (result["frames"], result["videos"], result["classes"]) == (6, 1, 6)
    assert result["protocols"]["avss"]["j"] == pytest.approx(0.335944, abs=6e-7)
    assert result["protocols"]["cavp"]["f"] == pytest.approx(0.568031, abs=6e-7)


def test_masks_of_one_kind_score_as_masks_of_another(folders, tmp_path):
    one = score(folders({"a": MASK}, {"a": MASK}))
    colored = Image.fromarray(MASK)
    colored.putpalette([value for index in range(256) for value in voc_color(index)])
    for image in (
        Image.fromarray(MASK * 255),
        Image.fromarray(MASK.astype(bool)),
        colored,
        colored.convert("RGB"),
        Image.fromarray(np.stack([MASK * 255] * 3, axis=-1)),
    ):
        image.save(tmp_path / "true" / "a.png")
        assert score((tmp_path / "pred", tmp_path / "true")) == one
    for array in (MASK, MASK.astype(bool), MASK.astype(np.int64), MASK * 255):
        (tmp_path / "pred" / "a.png").unlink(missing_ok=True)
        np.save(tmp_path / "pred" / "a.npy", array)
        assert score((tmp_path / "pred", tmp_path / "true")) == one


def test_probabilities_score_as_the_logits_they_come_from(folders):
    truth, logits = golden.binary()
    as_logits = score(folders(numbered(logits), numbered(truth)))
    as_probabilities = score(folders(numbered(1 / (1 + np.exp(-logits))), numbered(truth)), scale="probabilities")
    assert as_probabilities == as_logits


def test_two_maps_of_class_scores_are_a_binary_prediction(folders):
    both = np.stack([np.zeros_like(SCORES), SCORES])
    one, two = (score(folders({"a": array}, {"a": MASK})) for array in (SCORES, both))
    assert two["avsbench"] == pytest.approx(one["avsbench"])


def test_255_is_ignored_among_indices_whichever_mask_comes_first(folders):
    unknown = np.array([[0, 255, 255], [0, 0, 255]], np.uint8)  # by itself it would be a mask of 0 and 255
    index = np.array([[0, 1, 255], [0, 0, 255]], np.uint8)
    corner = np.array([[1, 0, 0], [0, 0, 0]], np.uint8)
    found = score_folders(*folders({"a": MASK, "b": corner}, {"a": index, "b": unknown}), ScoreSettings())
    assert found["protocols"]["dataset"]["j"] == 1 / 2  # one pixel is right in a, one wrong in b, where 255 is unknown
    turned = score_folders(*folders({"a": corner, "b": MASK}, {"a": unknown, "b": index}), ScoreSettings())
    assert turned["protocols"] == found["protocols"]
    assert turned["found"]["truth"] == "8-bit gray images, 255 is ignored"
    with pytest.raises(InputError, match=r"b: true masks hold 0 and 1 \(b\) and 0 and 255 \(a\): write"):
        score(folders({"a": MASK, "b": MASK}, {"a": unknown, "b": MASK}))


def test_frames_of_a_video_are_those_whose_names_differ_in_the_number_at_the_end(folders):
    names = ["x/1", "x/2", "y_1", "y_2", "y_10", "lone"]
    found = score_folders(*folders(dict.fromkeys(names, MASK), dict.fromkeys(names, MASK)), ScoreSettings())
    assert (found["frames"], found["videos"]) == (6, 3)


def test_missing_and_surplus_files_are_listed(folders):
    with pytest.raises(InputError, match=r"no prediction in \S+pred for b, d/c; no truth in \S+true for e: names"):
        score(folders({"a": MASK, "e": MASK}, {"a": MASK, "b": MASK, "d/c": MASK}))


def test_every_frame_that_does_not_fit_is_listed(folders):
    wide = np.zeros((2, 4), np.uint8)
    nan = np.full((2, 3), np.nan, np.float32)
    predictions = {"a": wide, "b": MASK, "c": MASK * 7, "d": nan, "e": MASK}
    truths = {"a": MASK, "b": MASK * 3, "c": MASK, "d": MASK, "e": MASK}
    with pytest.raises(InputError) as error:
        score(folders(predictions, truths))
    message = str(error.value)
    assert message.startswith("4 of 5 frames do not fit: a: prediction and truth are 4x2 and 3x2 pixels; b: ")
    assert "b: holds the value 3: a binary mask holds 0 and 1, or 0 and 255; more classes need --classes" in message
    assert "c: holds the value 7" in message and "d: holds NaN scores" in message


def test_classes_beyond_those_given_and_too_few_maps_are_refused(folders):
    predictions = {"a": MASK, "b": np.zeros((2, 2, 3), np.float32), "c": SCORES}
    with pytest.raises(InputError) as error:
        score(folders(predictions, {"a": MASK * 3, "b": MASK, "c": MASK}), num_classes=3)
    for complaint in ("a: holds the value 3: classes are 0 … 2", "b: has 2 classes of scores, not 3", "c: is one map"):
        assert complaint in str(error.value)


def test_scores_beyond_one_are_no_probabilities_and_pickles_are_not_read(folders, tmp_path):
    with pytest.raises(InputError, match=r"scores from -3 to 2, not probabilities in \[0, 1\]"):
        score(folders({"a": SCORES}, {"a": MASK}), scale="probabilities")
    np.save(tmp_path / "pred" / "a.npy", np.array([{"a": 1}], object), allow_pickle=True)
    with pytest.raises(ValueError, match=r"cannot be read as a \.npy array of numbers"):
        score((tmp_path / "pred", tmp_path / "true"))


def test_a_truncated_image_is_named(folders):
    predicted, truth = folders({"a": MASK}, {"a": MASK})
    (predicted / "a.png").write_bytes((predicted / "a.png").read_bytes()[:40])
    with pytest.raises(InputError, match=r"1 of 1 frames do not fit: a: \S+a.png cannot be decoded"):
        score((predicted, truth))


def test_empty_and_missing_folders_match_nothing(tmp_path):
    with pytest.raises(NoMatchError, match="no such folder"):
        score((tmp_path / "a", tmp_path))
    with pytest.raises(NoMatchError, match=r"holds no \.png or \.npy file"):
        score((tmp_path, tmp_path))


def test_scoring_imports_neither_torch_nor_transformers():
    program = (
        "import sys; from ravs.cli.main import main; main(['score', '--help']); "
        "import ravs.evaluation.scoring.folders, ravs.evaluation.metric_tables;"
        "print([name for name in ('torch', 'transformers', 'av', 'cv2') if name in sys.modules])"
    )
    environment = {"PYTHONPATH": str(Path(ravs.__file__).parents[1]), "PATH": ""}
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, env=environment)
    assert run.stdout.endswith("[]\n"), run.stderr


def test_index_images_count_by_value_whatever_their_palette(folders, tmp_path):
    predicted, truth = folders({"a": MASK * 2}, {"a": MASK * 2})
    for palette in ([255, 255, 255, 0, 0, 0, 9, 9, 9], [0, 0, 0, 0, 128, 0, 128, 0, 0], [7, 0, 0, 7, 0, 0, 255, 0, 0]):
        image = Image.fromarray(MASK * 2)
        image.putpalette(palette)
        image.save(truth / "a.png")
        assert score((predicted, truth), num_classes=3)["dataset"]["j"] == 1


@pytest.mark.parametrize("index", [7, 56])
def test_colors_that_are_gray_are_classes_too(folders, index):
    predicted, truth = folders({"a": MASK * index}, {"a": MASK * index})
    red, green, blue = voc_color(index)
    assert red == green == blue
    Image.fromarray(np.stack([MASK * red] * 3, axis=-1)).save(truth / "a.png")
    assert score((predicted, truth), num_classes=71)["dataset"]["j"] == 1


def test_images_of_other_modes_are_refused(folders):
    predicted, truth = folders({"a": MASK}, {"a": MASK})
    for image in (Image.fromarray(MASK.astype(np.uint16) * 300), Image.fromarray(MASK * 255).convert("RGBA")):
        image.save(truth / "a.png")
        with pytest.raises(InputError, match="has pixels of mode"):
            score((predicted, truth))


def test_a_single_map_may_keep_its_channel(folders):
    truth, logits = golden.binary()
    plain = score(folders(numbered(logits), numbered(truth)))
    assert score(folders(numbered(logits[:, None]), numbered(truth))) == plain


def test_infinite_scores_are_certain_and_undecided_ones_are_refused(folders):
    sure = np.where(MASK > 0, np.inf, -np.inf).astype(np.float32)
    assert score(folders({"a": sure}, {"a": MASK}))["avsbench"]["f"] == pytest.approx(1)
    never = np.stack([np.where(MASK > 0, -np.inf, 0), np.where(MASK > 0, 0, -np.inf)])  # float64, too
    assert score(folders({"a": never}, {"a": MASK}))["avsbench"]["f"] == pytest.approx(1)
    for scores in (np.full((2, 2, 3), -np.inf), np.full((2, 2, 3), 1e300)):
        with pytest.raises(InputError, match="a: holds infinite scores"):
            score(folders({"a": scores}, {"a": MASK}))


def test_class_probabilities_must_sum_to_one(folders):
    both = np.stack([np.full((2, 3), 0.5), np.full((2, 3), 0.7)])
    with pytest.raises(InputError, match=r"sum to 1.200 … 1.200"):
        score(folders({"a": both}, {"a": MASK}), scale="probabilities")


def test_frames_without_a_label_are_counted_apart_and_a_set_of_them_is_refused(folders):
    unknown = np.full((2, 3), 255, np.uint8)
    index = np.array([[0, 1, 255], [0, 0, 255]], np.uint8)
    found = score_folders(*folders({"a": MASK, "b": MASK}, {"a": index, "b": unknown}), ScoreSettings())
    assert (found["frames"], found["unlabelled_frames"]) == (1, 1)
    with pytest.raises(InputError, match="every pixel of its masks is 255"):
        score(folders({"a": MASK, "b": MASK}, {"a": unknown, "b": unknown}), num_classes=3)


def test_a_bad_first_prediction_is_named(folders):
    predicted, truth = folders({"a": SCORES}, {"a": MASK})
    (predicted / "a.npy").write_bytes(b"")
    with pytest.raises(ValueError, match=r"a\.npy cannot be read"):
        score((predicted, truth))
    np.savez(predicted / "b.npz", SCORES)
    (predicted / "b.npz").rename(predicted / "a.npy")
    with pytest.raises(ValueError, match=r"a\.npy is a \.npz archive"):
        score((predicted, truth))


def test_numbers_of_more_than_eight_digits_name_images_not_frames(folders):
    names = [f"{number:012d}" for number in (139, 140, 141)]
    found = score_folders(*folders(dict.fromkeys(names, MASK), dict.fromkeys(names, MASK)), ScoreSettings())
    assert (found["videos"], found["protocols"]["dataset"]["transition_frames"]) == (3, 0)


def test_of_class_scores_the_mask_rule_marks_what_a_user_gets_and_published_protocols_take_the_likeliest(folders):
    pixel = np.array([0.4, 0.35, 0.25], np.float32).reshape(3, 1, 1)  # something sounds, and background is likeliest
    found = score(folders({"a": pixel}, {"a": np.ones((1, 1), np.uint8)}), scale="probabilities")
    assert (found["dataset"]["j"], found["ddeseg"]["j"]) == (1.0, 0.0)


def test_a_list_names_the_frames_that_are_scored_in_its_order(folders, tmp_path):
    right, anything, wrong = [[-1, 3], [-1, -1]], [[1, 1], [1, 1]], [[3, -1], [-1, -1]]
    arrays = {f"v/{n}": np.array(logits, np.float32) for n, logits in enumerate((right, anything, wrong))}
    roots = folders(arrays, {name: MASK[:, :2] for name in (*arrays, "unpredicted")})
    file = tmp_path / "frames.txt"
    found = []
    for order in ("v/0\n\nv/1.png\nv/2.npy\n", "v/2\nv/1\nv/0\n", "v/1\n"):
        file.write_text(order)
        found.append(score_folders(*roots, ScoreSettings(batch_size=2), frames=file))
    assert [one["frames"] for one in found] == [3, 3, 1]
    one, other = (one["protocols"]["avsbench"]["f"] for one in found[:2])
    assert one != other and found[0]["protocols"]["dataset"] == found[1]["protocols"]["dataset"]
    (tmp_path / "pred/v/1.png").write_bytes(b"")
    for text, message in (
        ("v/1\nv/0\n", r"two files in .*pred for v/1: each frame of .*frames\.txt needs one"),
        ("v/3\nunpredicted\n", r"no prediction in .*pred for v/3, unpredicted; no truth in .*true for v/3"),
        ("\n", r"names no frame: write a name a line"),
    ):
        file.write_text(text)
        with pytest.raises(InputError, match=message):
            score_folders(*roots, ScoreSettings(), frames=file)
    with pytest.raises(InputError, match=r"none\.txt: cannot be read as a list of frames"):
        score_folders(*roots, ScoreSettings(), frames=tmp_path / "none.txt")
