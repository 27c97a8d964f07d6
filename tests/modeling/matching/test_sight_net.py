import pytest
import torch
from torch.nn import functional as F

from ravs.modeling.matching.sight_net import FrozenMaps, SightNet, dice_of_frames, join_stages


@pytest.fixture
def sight_net():
    torch.manual_seed(0)
    return SightNet(channels=(6, 5, 4), num_classes=3, projection_width=8, width=16, depth=2).eval()


@torch.inference_mode()
def test_it_is_two_blocks_on_the_sum_of_projected_maps_with_imagenets_class_maps_added(sight_net, frozen_maps):
    maps = frozen_maps()
    sight_net.class_map_weight.copy_(torch.tensor([0.3, 0.5, 2.0]))
    sight_net.class_map_bias.copy_(torch.tensor([0.0, -1.0, 4.0]))
    for norm in sight_net.norms:
        norm.running_var.uniform_(0.5, 1.5)
        norm.running_mean.normal_()
    total = 0
    for one, norm, project in zip(maps[:3], sight_net.norms, sight_net.projections, strict=True):
        normed = (one - norm.running_mean[:, None, None]) / (norm.running_var[:, None, None] + 1e-5).sqrt()
        total = total + F.interpolate(F.conv2d(normed, project.weight, project.bias), (8, 12), mode="bilinear")
    for conv, norm, _ in sight_net.body:
        total = F.group_norm(F.conv2d(total, conv.weight, padding=1), 8, norm.weight, norm.bias).relu()
    logits = F.conv2d(total, sight_net.classify.weight, sight_net.classify.bias)
    for index, (weight, bias) in enumerate([(0.3, 0.0), (0.5, -1.0), (2.0, 4.0)]):
        larger = F.interpolate(maps.class_maps[:, index : index + 1], (8, 12), mode="bilinear")
        logits[:, index + 1] += weight * (larger[:, 0] + 6) + bias
    torch.testing.assert_close(sight_net(maps), logits, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("size", [(64, 96), (37, 51), (5, 3)])
def test_the_fine_map_is_the_first_stage_averaged_and_the_second(size):
    height, width = size
    stages = [torch.randn(1, 2, -(-height // s), -(-width // s)) for s in (4, 8, 16, 32)]
    maps = join_stages(stages, torch.full((1, 3, *stages[3].shape[2:]), 0.5))
    first = stages[0][0, :, :2, :2].mean((1, 2))
    torch.testing.assert_close(maps.fine[0, :2, 0, 0], first)
    assert torch.equal(maps.fine[:, 2:], stages[1]) and torch.equal(maps.middle, stages[2])
    torch.testing.assert_close(maps.class_maps, torch.full_like(maps.class_maps, 0.50001).log())


def test_a_class_that_imagenet_lacks_has_the_floor():
    maps = join_stages([torch.randn(1, 2, size, size) for size in (8, 4, 2, 1)], torch.zeros(1, 1, 1, 1))
    torch.testing.assert_close(maps.class_maps.flatten(), torch.tensor([1e-5]).log())


def test_dice_of_frames_by_hand():
    probability = torch.zeros(2, 10, 10)
    probability[0, :5] = 1.0  # 50 pixels, of which 40 are true, 20 more are not found; 10 do not count
    masks = torch.zeros(2, 10, 10, dtype=torch.long)
    masks[0, :4] = 1
    masks[0, 4] = 255
    masks[0, 6:8] = 7
    masks[1] = 0  # nothing there, nothing found: (0 + 50) / (0 + 50)
    expected = 1 - (2 * 40 + 50) / (40 + 60 + 50)
    torch.testing.assert_close(dice_of_frames(probability, masks), torch.tensor(expected / 2))


def test_its_own_loss_is_cross_entropy_and_half_the_dice_loss_of_any_class(sight_net, frozen_maps):
    maps, masks = frozen_maps(), torch.randint(0, 4, (2, 32, 48), generator=torch.Generator().manual_seed(1))
    masks[0, :3] = 255
    with torch.no_grad():
        logits = F.interpolate(sight_net(maps), (32, 48), mode="bilinear")
    cross_entropy = F.cross_entropy(logits, masks, ignore_index=255)
    dice = dice_of_frames(1 - logits.softmax(1)[:, 0], masks)
    torch.testing.assert_close(sight_net.in_view_loss(maps, masks), cross_entropy + 0.5 * dice)


def test_a_step_on_its_own_loss_reaches_every_weight(sight_net, frozen_maps):
    masks = torch.randint(0, 4, (2, 32, 48), generator=torch.Generator().manual_seed(1))
    sight_net.train().in_view_loss(frozen_maps(), masks).backward()
    assert [name for name, weight in sight_net.named_parameters() if not weight.grad.any()] == []


def test_maps_may_be_kept_in_half_precision(sight_net, frozen_maps):
    maps = frozen_maps()
    kept = FrozenMaps(*(one.half().float() for one in maps))
    torch.testing.assert_close(sight_net(kept), sight_net(maps), atol=0.02, rtol=0.02)
