import pytest
import torch

from ravs.config import RavsConfig
from ravs.model import RavsModel

PAPER_MILLIONS = 103.84  # trainable, Table 2 of the paper


def trainable_millions(preset):
    with torch.device("meta"):
        model = RavsModel(RavsConfig.preset(preset))
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad) / 1e6


def test_the_papers_best_preset_has_the_papers_number_of_trainable_parameters():
    assert trainable_millions("ravs-mit-b5-htsat") == pytest.approx(PAPER_MILLIONS, rel=0.03)


def test_the_frozen_sound_encoder_makes_no_difference_to_it_beyond_its_projections():
    difference = trainable_millions("ravs-mit-b5-htsat") - trainable_millions("ravs-mit-b5-vggish")
    projections = (768 - 128) * (64 + 128 + 320)  # an audio token to the width of each aligned stage
    assert difference == pytest.approx(projections / 1e6)


def test_eq_5_hears_the_own_place_first_where_ears_tell_directions_and_as_printed_in_the_papers_presets():
    ours, papers = ("ravs-tiny", "cross-attention-tiny", "ravs-debug"), ("ravs-mit-b5-htsat", "ravs-pvt-v2-b5-vggish")
    assert [RavsConfig.preset(name).hears_from for name in ours] == ["near_and_far"] * 3
    assert [RavsConfig.preset(name).hears_from for name in papers] == ["anywhere"] * 2
    assert [RavsConfig.preset(name).sounding_weight for name in (*ours, *papers)] == [1, 1, 1, 0, 0]
