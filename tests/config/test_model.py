"""A configuration is strict, comes back from its file, and has a frozen list of keys."""

import pytest
import torch
from transformers import AutoConfig

from ravs.config import RavsConfig
from ravs.config.presets import PRESETS
from ravs.config.validation import CHOICES, COUNTS, NUMBERS, SWITCHES
from ravs.errors import InputError
from ravs.inference.processor import RavsProcessor


@pytest.mark.parametrize(
    ("key", "near"), [("widht", None), ("decoder_widht", "decoder_width"), ("num_group", "num_groups")]
)
def test_a_misspelled_key_is_an_error_with_the_nearest_spelling(key, near):
    with pytest.raises(InputError, match=f"{key!r}.*{near or 'the keys are'}"):
        RavsConfig(**{key: 8})


def test_a_misspelled_key_is_an_error_in_a_preset_and_when_loading_too(tmp_path):
    with pytest.raises(InputError, match="did you mean 'decoder_width'"):
        RavsConfig.preset("ravs-tiny", decoder_widht=8)
    RavsConfig().save_pretrained(tmp_path)
    path = tmp_path / "config.json"
    path.write_text(path.read_text().replace('"remap"', '"remapp"'))
    with pytest.raises(InputError, match="did you mean 'remap'"):
        RavsConfig.from_pretrained(tmp_path)


@pytest.mark.parametrize("key", sorted(CHOICES))
def test_an_unknown_choice_is_an_error_that_lists_the_choices(key):
    with pytest.raises(InputError, match=f"{key} is 'loud'.*{', '.join(CHOICES[key])}"):
        RavsConfig(**{key: "loud"})


@pytest.mark.parametrize("key", COUNTS)
@pytest.mark.parametrize("value", [0, -4, 2.5, "8", True, None])
def test_a_count_that_is_no_whole_number_of_at_least_one_is_an_error(key, value):
    with pytest.raises(InputError, match=f"{key} is {value!r}; it must be a whole number"):
        RavsConfig(**{key: value})


@pytest.mark.parametrize("key", SWITCHES)
@pytest.mark.parametrize("value", ["no", 0, None])
def test_a_switch_that_is_neither_on_nor_off_is_an_error(key, value):
    with pytest.raises(InputError, match=f"{key} is {value!r}; it must be True or False"):
        RavsConfig(**{key: value})


@pytest.mark.parametrize("key", NUMBERS)
@pytest.mark.parametrize("value", ["5", float("nan"), float("inf"), True, -0.1])
def test_a_value_that_is_not_a_number_or_out_of_its_limits_is_an_error(key, value):
    with pytest.raises(InputError, match=f"{key} is {value!r}; it must"):
        RavsConfig(**{key: value})


@pytest.mark.parametrize(
    "wrong",
    [
        {"visual_encoder": "mit-b6"},
        {"contrastive_temperature": 0.0},
        {"positive_threshold": 1.5},
        {"alignment_width": 0},
        {"alignment_width": "96"},
        {"temporal_width": 100},
        {"alignment_layers": 0},
        {"alignment_layers": (4, 6)},
        {"num_groups": 5},
        {"num_groups": (14, 7)},
        {"num_groups": (14, 7, 0)},
        {"num_groups": (14.5, 7, 5)},
        {"num_groups": ("14", "7", "5")},
        {"classes": ()},
        {"classes": "dog"},
        {"classes": (1, 2)},
        {"classes": ("dog", "dog")},
        {"classes": ("background", "dog")},
        {"classes": tuple(f"class {index}" for index in range(255))},
        {"alignment": "cross_attention", "contrastive": True},
        {"dice_weight": 0, "iou_weight": 0, "cross_entropy_weight": 0},
    ],
)
def test_a_wrong_value_or_an_impossible_pair_is_an_error_at_once(wrong):
    with pytest.raises(InputError, match=next(iter(wrong))):
        RavsConfig(**wrong)


def test_keys_given_beside_a_file_are_checked_like_those_in_it(tmp_path):
    RavsConfig().save_pretrained(tmp_path)
    assert RavsConfig.from_pretrained(tmp_path, remap="gated").remap == "gated"
    with pytest.raises(InputError, match="remap is 'gatd'"):
        RavsConfig.from_pretrained(tmp_path, remap="gatd")
    for load in (RavsConfig.from_pretrained, RavsProcessor.from_pretrained, AutoConfig.from_pretrained):
        with pytest.raises(InputError, match="unknown key 'decoder_widht' of RavsConfig; did you mean 'decoder_width'"):
            load(tmp_path, decoder_widht=3)


def test_a_configuration_error_is_a_value_error_too():
    with pytest.raises(ValueError):
        RavsConfig(image_size=0)


def test_transformers_own_keys_are_accepted():
    assert RavsConfig(name_or_path="somewhere", torch_dtype="float32").image_size == 224


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_every_preset_comes_back_from_its_file_unchanged(name, tmp_path):
    config = RavsConfig.preset(name)
    config.save_pretrained(tmp_path)
    for again in (RavsConfig.from_pretrained(tmp_path), AutoConfig.from_pretrained(tmp_path)):
        assert type(again) is type(config) and isinstance(again, RavsConfig)
        assert again.to_diff_dict() == config.to_diff_dict()
        assert isinstance(again.classes, tuple) and isinstance(again.num_groups, tuple)


def test_an_unknown_preset_is_an_error_with_the_nearest_name():
    with pytest.raises(InputError, match="no preset 'ravs-tyni'; did you mean 'ravs-tiny'"):
        RavsConfig.preset("ravs-tyni")


@pytest.mark.parametrize("name", [name for name in PRESETS if name.startswith("ravs-") and "-b5-" in name])
def test_the_papers_presets_say_what_the_paper_says(name):
    config = RavsConfig.preset(name)
    assert config.num_classes == 71 and config.image_size == 224 and config.clip_seconds == 5
    assert config.num_groups == (14, 7, 5) and config.num_neighbors == 5
    assert (config.merge_tokens, config.position_encoding, config.remap) == ("visual", "none", "plain")
    assert (config.uncertainty_scaling, config.loss_classes, config.alignment_width) == ("minmax", "all", None)
    assert (config.cross_entropy_weight, config.dice_weight, config.iou_weight) == (5, 5, 2)
    assert (config.contrastive_weight, config.positive_threshold) == (0.1, 0.5)


def test_the_number_of_classes_counts_background():
    assert RavsConfig().num_classes == 2
    assert RavsConfig(classes=["dog", "car"]).num_classes == 3


def test_layers_are_one_number_for_all_stages_or_one_for_each(tmp_path):
    assert RavsConfig(alignment_layers=2).layers_by_stage == (2, 2, 2)
    RavsConfig(alignment_layers=(1, 2, 3)).save_pretrained(tmp_path)
    assert RavsConfig.from_pretrained(tmp_path).layers_by_stage == (1, 2, 3)


def test_names_by_region_add_an_index_for_what_has_no_name_where_there_is_a_choice():
    two = RavsConfig(classes=["dog", "car"], names="region")
    assert (two.mask_classes, two.unnamed) == (("background", "dog", "car", "unnamed"), 3)
    one = RavsConfig(names="region")
    assert (one.mask_classes, one.unnamed) == (("background", "sounding"), None)


@pytest.mark.parametrize("classes", [["dog", "unnamed"], [f"class{index}" for index in range(254)]])
def test_names_by_region_need_an_index_and_a_name_that_no_class_has(classes):
    assert RavsConfig(classes=classes).mask_classes == ("background", *classes)
    with pytest.raises(InputError, match=rf"at most 253 classes of other names \(here {len(classes)}\)"):
        RavsConfig(classes=classes, names="region")


@pytest.mark.parametrize("value", ["ravs", "float8", "nn", "torch.float16", 3, [1]])
def test_a_type_of_weights_that_torch_lacks_is_an_error(value):
    with pytest.raises(InputError, match=r"dtype is .*; it must be float32, float16, bfloat16, float64 or null"):
        RavsConfig(dtype=value)


@pytest.mark.parametrize("value", ["float16", torch.float64])
def test_a_type_of_weights_may_be_named_or_given(value):
    assert RavsConfig(dtype=value).dtype == getattr(torch, str(value).removeprefix("torch."))
