"""Validation metrics: over the whole data set, whatever the batches."""

from types import SimpleNamespace

import pytest
import torch

from ravs.errors import RavsError
from ravs.training.validation_metrics import DatasetScore


def found(score, logits, masks, batches):
    for part in batches:
        assert score(SimpleNamespace(predictions=logits[part], label_ids=masks[part])) == {}
    empty = SimpleNamespace(predictions=logits[:0], label_ids=masks[:0])
    return score(empty, compute_result=True)


@pytest.mark.parametrize("num_classes", [2, 4])
def test_batch_size_and_padding_change_no_digit(num_classes):
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(5, 3, num_classes, 4, 4, generator=generator)
    masks = torch.randint(0, num_classes, (5, 3, 8, 8), generator=generator)
    masks[1, 2:] = 255  # padding, or not labelled
    score = DatasetScore(num_classes)
    by_one = found(score, logits, masks, [slice(place, place + 1) for place in range(5)])
    assert found(score, logits, masks, [slice(0, 2), slice(2, 5)]) == by_one
    padded = (
        torch.cat([logits, torch.randn(5, 2, num_classes, 4, 4)], 1),
        torch.cat([masks, masks[:, :2] * 0 + 255], 1),
    )
    assert found(score, *padded, [slice(0, 5)]) == by_one
    assert {"jf", f"{'avsbench' if num_classes == 2 else 'avss'}_jf"} <= set(by_one)


def test_half_of_the_sounding_pixels_found_is_half():
    masks = torch.zeros(1, 1, 8, 8, dtype=torch.long)
    masks[..., :4] = 1
    logits = torch.zeros(1, 1, 2, 8, 8)
    logits[:, :, 0] = 9.0
    logits[:, :, 1, :4, :4] = 18.0
    metrics = found(DatasetScore(2), logits, masks, [slice(0, 1)])
    assert metrics["j"] == pytest.approx((16 / 32 + 32 / 48) / 2)  # sounding, and background
    assert metrics["avsbench_j"] == pytest.approx(16 / 32)


def test_metrics_without_a_labelled_pixel_are_an_error_instead_of_nan():
    masks = torch.full((2, 1, 8, 8), 255)
    with pytest.raises(RavsError, match="no pixel of the validation clips is labelled"):
        found(DatasetScore(2), torch.zeros(2, 1, 2, 4, 4), masks, [slice(0, 2)])
