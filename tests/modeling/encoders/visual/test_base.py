"""What the method requires of every visual encoder; timm's are tested in test_timm_encoder.py."""

import pytest
import torch

from ravs.config.validation import VISUAL_ENCODERS
from ravs.modeling.encoders.visual.base import VisualEncoder
from ravs.modeling.encoders.visual.efficientnet import ConvNorm, lite0
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
