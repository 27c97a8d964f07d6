"""What the method requires of every visual encoder; timm's are tested in test_timm_encoder.py."""

import pytest
import torch

from ravs.config.validation import VISUAL_ENCODERS
from ravs.modeling.encoders.visual.base import VisualEncoder
from ravs.modeling.encoders.visual.efficientnet import ConvNorm, SamePaddingConv2d, lite0
from support.models import SMALL_VISUAL_ENCODERS
from support.stages import check_stages

BUILD = SMALL_VISUAL_ENCODERS | {"efficientnet-lite0": lite0}


@pytest.mark.parametrize("name", VISUAL_ENCODERS)
def test_every_visual_encoder_is_four_stages_that_run_alone_and_own_all_its_weights(name):
    encoder = BUILD[name]()
    assert isinstance(encoder, VisualEncoder)
    check_stages(encoder)


def test_a_norm_inside_the_convolution_gives_the_same_as_after_it_and_only_without_a_gradient():
    torch.manual_seed(0)
    block = ConvNorm(4, 6, 3, stride=2).eval()
    torch.nn.init.normal_(block.norm.weight)
    torch.nn.init.normal_(block.norm.bias)
    block.norm.running_mean.normal_()
    block.norm.running_var.uniform_(0.2, 3)
    maps = torch.randn(2, 4, 9, 7)
    after = block(maps)
    assert after.requires_grad
    with torch.no_grad():
        inside = block(maps)
    torch.testing.assert_close(inside, after.detach(), atol=1e-5, rtol=1e-5)
    with torch.no_grad():
        block.train()(maps)  # statistics of the batch are used and learned
    assert block.norm.num_batches_tracked == 1


def test_frames_give_the_same_maps_one_by_one_and_together():
    torch.manual_seed(0)
    encoder, images = BUILD["efficientnet-lite0"]().eval(), torch.randn(3, 3, 50, 71)
    with torch.no_grad():
        one_by_one = encoder(images)
        together = VisualEncoder.forward(encoder, images)
    for one, other in zip(one_by_one, together, strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("size", "kernel", "stride"), [(8, 3, 2), (9, 3, 2), (8, 5, 2), (7, 5, 1), (1, 3, 2)])
def test_uneven_padding_is_that_of_tensorflow_with_the_odd_pixel_behind(size, kernel, stride):
    torch.manual_seed(0)
    conv = SamePaddingConv2d(2, 2, kernel, stride, groups=2, bias=False)
    maps = torch.randn(1, 2, size, size)
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    before, behind = total // 2, total - total // 2
    padded = torch.nn.functional.pad(maps, (before, behind) * 2)
    expected = torch.nn.functional.conv2d(padded, conv.weight, stride=stride, groups=2)
    torch.testing.assert_close(conv(maps), expected)
