"""What the method requires of every visual encoder; timm's are tested in test_timm_encoder.py."""

import pytest

from ravs.config.validation import VISUAL_ENCODERS
from ravs.modeling.encoders.visual.base import VisualEncoder
from ravs.modeling.encoders.visual.efficientnet import lite0
from support.models import SMALL_VISUAL_ENCODERS
from support.stages import check_stages

BUILD = SMALL_VISUAL_ENCODERS | {"efficientnet-lite0": lite0}


@pytest.mark.parametrize("name", VISUAL_ENCODERS)
def test_every_visual_encoder_is_four_stages_that_run_alone_and_own_all_its_weights(name):
    encoder = BUILD[name]()
    assert isinstance(encoder, VisualEncoder)
    check_stages(encoder)
