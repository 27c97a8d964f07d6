"""Logits of what is heard, made less sure."""

import numpy as np
import pytest
import torch

from ravs.modeling.matching.mask_head import MaskHead
from ravs.modeling.matching.sound_classifier import SoundClassifier
from ravs.training.film.film_training_settings import FilmTrainingSettings
from ravs.training.film.hearing_doubt import NOISE, center, divide_logits, doubtful_logits, shift_mask


def test_a_divided_classifier_gives_the_logits_divided():
    torch.manual_seed(0)
    classifier, vectors = SoundClassifier(5, ("a", "b", "dog")), torch.randn(7, 5 + 521)
    before = classifier(vectors)
    divide_logits(classifier, 2.5)
    torch.testing.assert_close(classifier(vectors), before / 2.5)


def test_in_training_each_second_is_divided_by_its_own_number_within_limits_and_some_have_noise():
    logits = torch.tensor([[4.0, -1.0, 0.0]]).repeat(400, 1)
    settings = FilmTrainingSettings(least_divisor=2.0, largest_divisor=4.0)
    drawn = doubtful_logits(logits, np.random.default_rng(0), settings)
    ratios = center(logits) / drawn  # of seconds without noise the same for each class
    clean = (ratios - ratios.mean(1, keepdim=True)).abs().amax(1) < 1e-4
    assert ratios[clean].min() >= 2 - 1e-4 and ratios[clean].max() <= 4 + 1e-4 and ratios[clean, 0].std() > 0.3
    assert clean.float().mean().item() == pytest.approx(NOISE.count(0.0) / len(NOISE), abs=0.07)


def test_equal_generators_doubt_alike():
    logits = torch.randn(6, 4)
    first, second = (doubtful_logits(logits, np.random.default_rng(3), FilmTrainingSettings()) for _ in range(2))
    assert torch.equal(first, second) and first.dtype == torch.float32


def test_a_shifted_mask_head_has_a_larger_bias():
    head = MaskHead(detail_channels=4, detail_width=8, width=8, class_map_share=0.25)
    before = head.classify.bias.item()
    shift_mask(head, 0.62)
    assert head.classify.bias.item() == pytest.approx(before + 0.62)
