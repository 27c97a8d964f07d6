"""J and F of sounding against silent, worked by hand."""

import numpy as np
import pytest

from ravs.evaluation.metrics.binary_score import BinaryScore

TRUTH = np.array([[1, 1, 0, 0], [2, 2, 0, 255]], np.uint8)
PREDICTED = np.array([[1, 0, 3, 0], [2, 1, 0, 5]], np.uint8)


def scored(*pairs: tuple[np.ndarray, np.ndarray]) -> BinaryScore:
    score = BinaryScore()
    for labels, masks in pairs:
        score.add(labels, masks)
    return score


def test_j_and_f_of_a_small_mask_are_what_hand_counting_gives():
    score = scored((PREDICTED, TRUTH))  # 3 found, 1 too much, 1 missed; the ignored pixel counts nowhere
    assert score.j == pytest.approx(3 / 5)
    precision = recall = 3 / 4
    assert score.f == pytest.approx(1.3 * precision * recall / (0.3 * precision + recall))
    assert score.jf == pytest.approx((3 / 5 + 3 / 4) / 2)
    assert score.marked == pytest.approx(4 / 7)
    assert score.class_accuracy == pytest.approx(2 / 3)


def test_f_weighs_precision_more_than_recall():
    much = scored((np.ones((1, 4), np.uint8), np.array([[1, 0, 0, 0]], np.uint8)))  # precision 1/4, recall 1
    little = scored((np.array([[1, 0, 0, 0]], np.uint8), np.ones((1, 4), np.uint8)))  # precision 1, recall 1/4
    assert much.f == pytest.approx(1.3 * 0.25 / (0.3 * 0.25 + 1))
    assert little.f > 1.5 * much.f


def test_the_order_and_the_size_of_batches_change_no_digit():
    rng = np.random.default_rng(0)
    masks, labels = rng.integers(0, 3, (6, 5, 7)), rng.integers(0, 3, (6, 5, 7))
    whole = scored((labels, masks))
    single = scored(*((labels[i], masks[i]) for i in reversed(range(6))))
    assert whole == single


def test_nothing_to_find_and_nothing_marked_is_perfect():
    nothing = np.zeros((2, 2), np.uint8)
    score = scored((nothing, nothing))
    assert (score.j, score.f, score.marked) == (1.0, 1.0, 0.0)


def test_masks_of_another_size_are_refused():
    with pytest.raises(ValueError, match=r"\(2, 4\).*\(4, 2\): resize"):
        BinaryScore().add(PREDICTED, TRUTH.reshape(4, 2))
