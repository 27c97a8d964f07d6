"""Arrays scored as files are."""

import numpy as np
import pytest

from ravs.errors import InputError
from ravs.evaluation.scoring.arrays import score_arrays
from ravs.evaluation.scoring.folders import ScoreSettings, score_folders
from support import golden


@pytest.mark.parametrize("seed", range(4))
def test_arrays_score_as_the_same_arrays_in_files(folders, seed):
    for kind, (truth, scores) in (("binary", golden.binary(seed)), ("semantic", golden.semantic(seed))):
        files = {f"{kind}/clip_{number}": array for number, array in enumerate(scores)}
        images = {f"{kind}/clip_{number}": array for number, array in enumerate(truth)}
        settings = ScoreSettings(batch_size=4)
        predicted, true = folders(files, images)
        from_files = score_folders(predicted / kind, true / kind, settings)["protocols"]
        assert score_arrays(scores, truth, settings) == from_files


def test_tensors_and_golden_values():
    import torch

    truth, logits = golden.binary()
    found = score_arrays(torch.from_numpy(logits), torch.from_numpy(truth), ScoreSettings(batch_size=4))
    assert found["avsbench"]["f"] == pytest.approx(0.841447, abs=6e-7)


def test_frames_belong_to_their_videos():
    truth, logits = golden.binary()
    found = score_arrays(logits, truth, videos=["a"] * 3 + ["b"] * 3)
    assert "interval" in found["dataset"]
    assert found["dataset"]["j"] == score_arrays(logits, truth)["dataset"]["j"]


def test_what_does_not_fit_names_the_frame():
    truth, logits = golden.binary()
    with pytest.raises(InputError, match="5 predictions, 6 true masks"):
        score_arrays(logits[:5], truth)
    with pytest.raises(InputError, match="frame 1 holds NaN scores"):
        score_arrays([logits[0], logits[1] * np.nan], truth[:2])
    with pytest.raises(InputError, match="frame 0 has a true mask of float32"):
        score_arrays(logits[:1], logits[:1])
    with pytest.raises(InputError, match=r"frame 0 labels has size \(8, 7\)"):
        score_arrays(logits[:1, :, :7], truth[:1])


def test_a_channel_white_masks_and_tensors_that_learn(capsys):
    import torch

    truth, logits = golden.binary()
    plain = score_arrays(logits, truth)
    assert score_arrays(logits[:, None], truth) == plain
    assert score_arrays(logits, truth * 255) == plain
    with pytest.raises(InputError, match=r"frame 0 is no array .*: of a tensor give .detach"):
        score_arrays(torch.from_numpy(logits).requires_grad_(), truth)


def test_truth_below_zero_and_truth_without_a_label_are_refused():
    truth, logits = golden.binary()
    with pytest.raises(InputError, match="frame 0 has a true mask with values from -1 to 1"):
        score_arrays(logits, np.where(truth > 0, 1, -1))
    with pytest.raises(InputError, match="every pixel of the truth is 255"):
        score_arrays(logits, np.full_like(truth, 255))
    with pytest.raises(InputError, match="300 classes: there may be 2 to 254"):
        score_arrays(np.zeros((1, 300, 2, 2), np.float32), np.zeros((1, 2, 2), np.uint8))
