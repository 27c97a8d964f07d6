"""The published protocols against the values that the original functions gave, to six decimals."""

import numpy as np
import pytest

from ravs.evaluation.metrics.frame_counts import THRESHOLDS, ScoredFrame


def six(value):
    return pytest.approx(value, abs=6e-7)  # theirs are float32: one of them rounds the other way


@pytest.mark.parametrize(
    ("batch_size", "j", "f"),
    [
        (1, 0.525250, 0.703871),
        (2, 0.525250, 0.818112),
        (3, 0.525250, 0.824252),
        (4, 0.513790, 0.841447),
        (6, 0.525250, 0.817684),
    ],
)
def test_avsbench_gives_the_golden_values_at_every_batch_size(binary, score, batch_size, j, f):
    found = score(binary, protocols="avsbench", batch_size=batch_size)["avsbench"]
    assert (found["j"], found["f"], found["jf"]) == (six(j), six(f), six((j + f) / 2))
    assert found["batch_size"] == batch_size


def test_batches_of_avsbench_run_on_across_videos(binary, score):
    whole = score(binary, protocols="avsbench", batch_size=4)
    assert score(binary[:1], binary[1:3], binary[3:], protocols="avsbench", batch_size=4) == whole


def test_avsbench_scores_frame_by_frame_what_its_functions_gave(binary, score):
    found = [score([frame], protocols="avsbench")["avsbench"] for frame in binary]
    assert [one["j"] for one in found] == [six(j) for j in (0.575758, 0.5, 0.703125, 0.413793, 0.4, 0.558824)]
    assert [one["f"] for one in found] == [six(f) for f in (0.859031, 0.829787, 0, 0.730337, 0.940789, 0.863281)]


def test_the_thresholds_are_torchs_to_the_last_bit():
    import torch

    theirs = torch.linspace(0, 1 - 1e-10, 255).numpy()
    assert np.abs(THRESHOLDS.view(np.int32) - theirs.view(np.int32)).max() <= 1  # without fused products: one step
    assert (THRESHOLDS[0], THRESHOLDS[-1]) == (0, 1)


def test_the_curve_is_what_comparing_with_every_threshold_gives(binary):
    from ravs.evaluation.metrics.frame_counts import FrameCounts

    rng = np.random.default_rng(3)
    probability = rng.random((20, 30)).astype(np.float32)
    probability.flat[:256] = np.append(THRESHOLDS, np.nextafter(THRESHOLDS[9], np.float32(0)))
    truth = (rng.random((20, 30)) < 0.4).astype(np.uint8)
    frame = ScoredFrame(labels=truth, truth=truth, num_classes=2, probability=probability)
    passed = probability[None] >= THRESHOLDS[:, None, None]
    expected = np.stack([(passed & (truth > 0)).sum(axis=(1, 2)), passed.sum(axis=(1, 2))])
    np.testing.assert_array_equal(FrameCounts(frame).curve, expected)


def test_a_probability_of_exactly_one_half_is_silent_and_an_empty_frame_scores_its_background(score):
    silent = ScoredFrame(
        labels=np.zeros((2, 2), np.uint8),
        truth=np.zeros((2, 2), np.uint8),
        num_classes=2,
        probability=np.full((2, 2), 0.5, np.float32),
    )
    found = score([silent], protocols="avsbench")["avsbench"]
    assert (found["j"], found["f"]) == (six(1), 0)


def test_binary_per_dataset_protocols_give_the_golden_values(binary, score):
    found = score(binary, protocols="cavp,ddeseg")
    for name in ("cavp", "ddeseg"):
        assert (found[name]["j"], found[name]["f"], found[name]["f1"]) == (six(0.560391), six(0.702833), six(0.710594))


def test_semantic_protocols_give_the_golden_values(semantic, score):
    found = score(semantic)
    assert (found["avss"]["j"], found["avss"]["f"]) == (six(0.335944), six(0.452989))
    assert (found["avss"]["j_without_last_class"], found["avss"]["f_without_last_class"]) == (
        six(0.403132),
        six(0.543587),
    )
    assert (found["avss"]["j_without_background"], found["avss"]["f_without_background"]) == (
        six(0.299681),
        six(0.412631),
    )
    assert (found["cavp"]["j"], found["cavp"]["f"], found["cavp"]["f1"]) == (
        six(0.355490),
        six(0.568031),
        six(0.553714),
    )
    assert (found["ddeseg"]["j"], found["ddeseg"]["f"]) == (six(0.426588), six(0.568031))
    assert "avsbench" not in found


def test_padding_adds_a_perfect_frame_of_background_for_each_missing_slot(semantic, score):
    found = score(semantic[:5], semantic[5:], protocols="avss,avss_padded")
    by_hand = 6 * 0.517254 + 14  # six frames, five pads of the first clip and nine of the second
    difference = by_hand / 20 - 0.517254
    assert found["avss_padded"]["j"] - found["avss"]["j"] == pytest.approx(difference / 6, abs=1e-6)
    silent = ScoredFrame(labels=np.zeros((8, 8), np.uint8), truth=np.zeros((8, 8), np.uint8), num_classes=6)
    whole = score(semantic + [silent] * 4, protocols="avss,avss_padded")
    assert whole["avss_padded"]["j"] == whole["avss"]["j"]


def test_frames_videos_and_their_order_move_nothing_of_avss_but_the_last_bits(semantic, score):
    one, many = score(semantic), score(*([frame] for frame in semantic))
    assert many["avss"] == pytest.approx(one["avss"], abs=1e-12)
