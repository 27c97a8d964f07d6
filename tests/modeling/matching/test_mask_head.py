import pytest
import torch
from torch.nn import functional as F

from ravs.modeling.matching.evidence import class_shares, direction_maps, evidence_maps, join_sights, rivals
from ravs.modeling.matching.mask_head import MaskHead, class_logits, mask_entropy
from ravs.modeling.matching.sound_classifier import Heard


@pytest.fixture
def head():
    torch.manual_seed(0)
    return MaskHead(detail_channels=6, detail_width=8, width=16, class_map_share=0.25).eval()


@pytest.fixture
def heard():
    generator = torch.Generator().manual_seed(5)
    panorama = torch.rand(2, 24, generator=generator)
    return Heard(torch.randn(2, 4, generator=generator), panorama / panorama.sum(1, keepdim=True), torch.ones(2))


@torch.inference_mode()
def test_it_is_three_dilated_blocks_on_evidence_directions_and_details(head, frozen_maps, heard):
    maps, view = frozen_maps(), torch.randn(2, 4, 8, 12)
    head.norm.running_var.uniform_(0.5, 1.5)
    head.norm.running_mean.normal_()
    log_imagenet = F.interpolate(maps.class_maps, (8, 12), mode="bilinear")
    log_a = heard.logits.log_softmax(1)[:, 1:]
    log_q = join_sights(view.log_softmax(1)[:, 1:], log_imagenet, 0.25)
    details = F.batch_norm(maps.fine, head.norm.running_mean, head.norm.running_var)
    total = torch.cat(
        [
            evidence_maps(log_q.exp(), log_imagenet.exp(), log_a),
            direction_maps(heard.panorama, heard.has_directions, (8, 12)),
            F.conv2d(details, head.project.weight, head.project.bias),
        ],
        1,
    )
    for (conv, norm, _), dilation in zip(head.body, (1, 2, 4), strict=True):
        total = F.conv2d(total, conv.weight, padding=dilation, dilation=dilation)
        total = F.group_norm(total, 8, norm.weight, norm.bias).relu()
    logits, names = head(maps, view, heard)
    expected = F.conv2d(total, head.classify.weight, head.classify.bias) + rivals(log_q, log_a)
    torch.testing.assert_close(logits, expected, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(names, class_shares(log_q, log_a))


@torch.inference_mode()
def test_a_temperature_of_two_is_half_the_logits(head, frozen_maps, heard):
    maps, view = frozen_maps(), torch.randn(2, 4, 8, 12)
    expected = head(maps, view, heard._replace(logits=heard.logits / 2))
    head.log_temperature.copy_(torch.tensor(2.0).log())
    for found, wanted in zip(head(maps, view, heard), expected, strict=True):
        torch.testing.assert_close(found, wanted)


@torch.inference_mode()
def test_no_weight_belongs_to_a_class_so_that_their_order_does_not_matter(head, frozen_maps, heard):
    maps, view, order = frozen_maps(), torch.randn(2, 4, 8, 12), [2, 0, 1]
    with_none = [0, *(index + 1 for index in order)]
    other_maps = maps._replace(class_maps=maps.class_maps[:, order])
    other = heard._replace(logits=heard.logits[:, with_none])
    logits, names = head(maps, view, heard)
    again, other_names = head(other_maps, view[:, with_none], other)
    torch.testing.assert_close(again, logits)
    torch.testing.assert_close(other_names, names[:, order])


@torch.inference_mode()
def test_where_directions_are_not_known_the_panorama_changes_nothing(head, frozen_maps, heard):
    maps, view = frozen_maps(), torch.randn(2, 4, 8, 12)
    mirrored = heard._replace(panorama=heard.panorama.flip(1))
    assert not torch.allclose(head(maps, view, heard)[0], head(maps, view, mirrored)[0], atol=1e-4)
    unknown = [one._replace(has_directions=torch.zeros(2)) for one in (heard, mirrored)]
    assert torch.equal(*(head(maps, view, one)[0] for one in unknown))


def test_the_probability_of_background_is_that_of_not_sounding():
    mask = torch.linspace(-30, 30, 12).view(1, 1, 3, 4)
    names = torch.randn(1, 5, 3, 4, generator=torch.Generator().manual_seed(0)).log_softmax(1)
    probabilities = class_logits(mask, names).double().softmax(1)
    torch.testing.assert_close(probabilities[:, :1], 1 - mask.double().sigmoid(), atol=1e-7, rtol=1e-5)
    shares = probabilities[:, 1:] / probabilities[:, 1:].sum(1, keepdim=True)
    torch.testing.assert_close(shares, names.double().exp(), atol=1e-6, rtol=1e-4)


def test_uncertainty_is_one_where_both_are_as_likely_and_the_entropy_in_bits_elsewhere():
    quarter = torch.tensor([1 / 3]).log()  # P = 0.25: 0.25 × 2 + 0.75 × log2(4 / 3)
    torch.testing.assert_close(mask_entropy(quarter), torch.tensor([0.8112781]))
    torch.testing.assert_close(mask_entropy(-quarter), torch.tensor([0.8112781]))
    assert mask_entropy(torch.zeros(1)) == 1
    assert mask_entropy(torch.tensor([60.0, -60.0, 1e4])).max() < 1e-20
