import math

import pytest
import torch

from ravs.modeling.encoders.audio.audioset_labels import NUM_LABELS, label_evidence, label_shares
from ravs.modeling.matching.sound_classifier import SoundClassifier, has_directions, smooth_over_seconds


def filled(classes=("dog",)):
    """A classifier of a vector of two with weights that can be counted by hand."""
    classifier = SoundClassifier(2, classes)
    classifier.mean.copy_(torch.tensor([1.0, 2.0]))
    classifier.deviation.copy_(torch.tensor([2.0, 4.0]))
    with torch.no_grad():
        classifier.classify.weight.copy_(torch.tensor([[1.0, 0.0], [1.0, 10.0]]))
        classifier.classify.bias.copy_(torch.tensor([0.0, 100.0]))
        classifier.label_weight.copy_(torch.tensor([1.0, 2.0]))
    return classifier


def test_a_vector_is_standardized_before_it_is_classified():
    found = filled()(torch.tensor([[3.0, 10.0]]))  # (3 - 1) / 2 and (10 - 2) / 4
    torch.testing.assert_close(found, torch.tensor([[1.0, 121.0]]))
    assert set(filled().state_dict()) == {"mean", "deviation", "label_weight", "classify.weight", "classify.bias"}


def test_labels_count_with_the_weight_of_each_class_beside_the_vector():
    labels = torch.full((1, NUM_LABELS), -4.0)
    labels[0, 70] = 3.0  # Bark
    evidence = label_evidence(labels, label_shares(("dog",)))
    found = filled()(torch.cat([torch.tensor([[3.0, 10.0]]), labels], 1))
    torch.testing.assert_close(found, torch.tensor([[1.0, 121.0]]) + torch.tensor([1.0, 2.0]) * evidence)


def test_before_anything_is_learned_a_bark_is_heard_as_a_dog_and_rain_as_none():
    classifier = SoundClassifier(2, ("cat", "dog"))
    torch.nn.init.zeros_(classifier.classify.weight)
    torch.nn.init.zeros_(classifier.classify.bias)
    labels = torch.full((2, NUM_LABELS), -9.0)
    labels[0, 70], labels[1, 283] = 2.0, 2.0
    assert classifier(torch.cat([torch.zeros(2, 2), labels], 1)).argmax(1).tolist() == [2, 0]
    assert math.isclose(classifier.label_weight[0].item(), 0.7, rel_tol=1e-6)


@pytest.mark.parametrize(
    ("valid", "expected"),
    [
        ([True, True, True], [2.0, 4.75, 8.0]),  # (1 + 4/2) / 1.5, (4 + (1 + 10)/2) / 2, (10 + 4/2) / 1.5
        ([True, True, False], [2.0, 3.0, 8.0]),  # (4 + 1/2) / 1.5
        ([False, True, False], [2.0, 4.0, 8.0]),  # none beside it counts
    ],
)
def test_a_second_is_averaged_with_the_valid_ones_beside_it(valid, expected):
    logits = torch.tensor([1.0, 4.0, 10.0]).view(1, 3, 1)
    found = smooth_over_seconds(logits, torch.tensor([valid]), 0.5)
    torch.testing.assert_close(found.flatten(), torch.tensor(expected))


def test_no_second_of_another_clip_counts_and_without_weight_none_does():
    logits = torch.tensor([[1.0, 4.0], [10.0, 20.0]]).unsqueeze(2)
    valid = torch.ones(2, 2, dtype=torch.bool)
    assert torch.equal(smooth_over_seconds(logits, valid, 0.0), logits)
    found = smooth_over_seconds(logits, valid, 1.0)
    torch.testing.assert_close(found.squeeze(2), torch.tensor([[2.5, 2.5], [15.0, 15.0]]))


def panorama(**shares):
    """24 directions, some of which have a share: d11=0.5."""
    row = torch.zeros(24)
    for name, share in shares.items():
        row[int(name[1:])] = share
    return row


def test_mono_silence_and_a_single_direction_have_no_directions():
    rows = torch.stack(
        [
            panorama(d11=0.5, d12=0.5),  # mono
            panorama(d11=0.5, d12=0.46, d3=0.04),  # 96 %
            panorama(d11=0.5, d12=0.44, d3=0.06),  # 94 %
            panorama(d3=1.0),
            panorama(),  # silence
        ]
    )
    assert has_directions(rows).tolist() == [0, 0, 1, 1, 0]
    assert has_directions(torch.ones(2, 1)).tolist() == [0, 0]
