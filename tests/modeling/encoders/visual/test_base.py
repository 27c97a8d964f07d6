"""What the method asks of a picture encoder, whichever it is; timm's are held to it in test_timm.py."""

import pytest

from ravs.config.validation import VISUAL_ENCODERS
from ravs.modeling.encoders.visual.base import VisualEncoder
from ravs.modeling.encoders.visual.efficientnet import lite0
from support.models import SMALL_EYES
from support.stages import check_stages

BUILD = SMALL_EYES | {"efficientnet-lite0": lite0}


@pytest.mark.parametrize("name", VISUAL_ENCODERS)
def test_every_visual_encoder_is_four_stages_that_run_alone_and_own_all_its_weights(name):
    encoder = BUILD[name]()
    assert isinstance(encoder, VisualEncoder)
    check_stages(encoder)
