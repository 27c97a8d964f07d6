import pytest
import torch

from ravs.modeling.matching.sound_classifier import SoundClassifier, has_directions, smooth_over_seconds


def test_a_vector_is_standardized_before_it_is_classified():
    classifier = SoundClassifier(2, 1)
    classifier.mean.copy_(torch.tensor([1.0, 2.0]))
    classifier.deviation.copy_(torch.tensor([2.0, 4.0]))
    with torch.no_grad():
        classifier.classify.weight.copy_(torch.tensor([[1.0, 0.0], [1.0, 10.0]]))
        classifier.classify.bias.copy_(torch.tensor([0.0, 100.0]))
    found = classifier(torch.tensor([[3.0, 10.0]]))  # (3 - 1) / 2 and (10 - 2) / 4
    torch.testing.assert_close(found, torch.tensor([[1.0, 121.0]]))
    assert set(classifier.state_dict()) == {"mean", "deviation", "classify.weight", "classify.bias"}


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
