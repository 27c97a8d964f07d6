import json

import pytest
import torch

from ravs.config import RavsConfig
from ravs.config.presets import SHIPPED_MODELS, shipped_folder
from ravs.errors import ModelNotFoundError
from ravs.modeling.ravs import RavsModel

PAPER_MILLIONS = 103.84  # trainable, Table 2 of the paper


def trainable_millions(preset):
    with torch.device("meta"):
        model = RavsModel(RavsConfig.preset(preset))
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad) / 1e6


def test_the_papers_best_preset_has_the_papers_number_of_trainable_parameters():
    assert trainable_millions("ravs-mit-b5-htsat") == pytest.approx(PAPER_MILLIONS, rel=0.03)


def test_the_frozen_audio_encoder_makes_no_difference_to_it_beyond_its_projections():
    difference = trainable_millions("ravs-mit-b5-htsat") - trainable_millions("ravs-mit-b5-vggish")
    projections = (768 - 128) * (64 + 128 + 320)  # an audio token to the width of each aligned stage
    assert difference == pytest.approx(projections / 1e6)


@pytest.mark.parametrize("name", ["ravs-mit-b5-htsat", "ravs-mit-b5-vggish", "ravs-pvt-v2-b5-vggish"])
def test_the_papers_presets_take_eq_9_and_the_weights_of_eq_2_as_printed(name):
    config = RavsConfig.preset(name)
    assert (config.contrastive_form, config.loss_weights_sum, config.temporal) == ("joint", "as_given", "attention")


def test_in_the_papers_cross_attention_baseline_no_second_attends_to_another_and_in_ours_it_does():
    assert RavsConfig.preset("cross-attention-pvt-v2-b5-vggish").temporal == "none"
    assert RavsConfig.preset("cross-attention-tiny").temporal == "attention"


def test_a_model_that_was_saved_before_these_keys_existed_is_what_it_was(tmp_path):
    saved = json.loads((SHIPPED_MODELS / "ravs-tiny" / "config.json").read_text(encoding="utf-8"))
    for key in ("contrastive_form", "loss_weights_sum", "temporal"):
        saved.pop(key, None)
    (tmp_path / "config.json").write_text(json.dumps(saved), encoding="utf-8")
    for config in (RavsConfig.from_pretrained(tmp_path), RavsConfig.preset("ravs-tiny")):
        assert (config.contrastive_form, config.loss_weights_sum, config.temporal) == ("each", "one", "attention")


@pytest.mark.parametrize("name", ["ravs-tiny", "ravs-film"])
def test_a_preset_with_weights_is_the_configuration_that_is_shipped_with_them(name):
    preset = RavsConfig.preset(name)
    saved = type(preset).from_pretrained(SHIPPED_MODELS / name)
    released = {"image_size", "outlines"} if name == "ravs-tiny" else set()  # what its card says was set afterwards
    assert {key for key in preset.own_keys() if getattr(saved, key) != getattr(preset, key)} <= released


def test_the_presets_with_aisfx_differ_from_the_tiny_ones_in_their_audio_alone():
    audio = {"audio_encoder": "aisfx", "audio_directions": 1, "hear_from": "anywhere", "tagging_weight": 0.0}
    for method in ("ravs", "cross-attention", "tpavi", "avsegformer", "cavp"):
        config, tiny = (RavsConfig.preset(f"{method}-{size}") for size in ("tiny-aisfx", "tiny"))
        assert all(getattr(config, key) == value for key, value in audio.items())
        changed = {key for key in config.own_keys() if getattr(config, key) != getattr(tiny, key)}
        assert changed <= {*audio, "stereo"}
    assert not RavsConfig.preset("ravs-tiny-aisfx").stereo


def test_a_baselines_own_loss_keeps_its_published_weight_beside_eq_2():
    names = ("tpavi", "avsegformer", "cavp")
    assert {RavsConfig.preset(f"{name}-pvt-v2-b5-vggish").loss_weights_sum for name in names} == {"one"}


def test_eq_5_prefers_the_own_direction_where_audio_tokens_have_one_and_is_as_printed_in_the_papers_presets():
    ours, papers = ("ravs-tiny", "cross-attention-tiny", "ravs-debug"), ("ravs-mit-b5-htsat", "ravs-pvt-v2-b5-vggish")
    assert [RavsConfig.preset(name).effective_hear_from for name in ours] == ["near_and_far"] * 3
    assert [RavsConfig.preset(name).effective_hear_from for name in papers] == ["anywhere"] * 2
    assert [RavsConfig.preset(name).sounding_weight for name in (*ours, *papers)] == [1, 1, 1, 0, 0]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("ravs-tny", r"no model 'ravs-tny': .* nor a hub's owner/name; did you mean 'ravs-tiny'\?"),
        ("gone", r"no model 'gone': it is neither ravs-film nor ravs-tiny, nor a folder, .*; check the name"),
        ("ravs-debug", r"'ravs-debug' comes without weights: RavsConfig\.preset\('ravs-debug'\) configures it"),
    ],
)
def test_a_name_that_no_model_can_have_is_refused_without_a_network(name, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for load in (RavsConfig.from_pretrained, shipped_folder):
        with pytest.raises(ModelNotFoundError, match=message):
            load(name)
    (tmp_path / name).mkdir()
    assert (shipped_folder(name), shipped_folder("owner/name")) == (name, "owner/name")
