"""RavsModel as a whole: any size, any length, each ablation, and files that load whole or not at all."""

import json

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch.nn import functional as F
from transformers import AutoConfig, AutoModel

from ravs.config import RavsConfig
from ravs.contrast import contrastive_loss, groups_in_truth, positives_and_negatives, similarity, where_both
from ravs.encoders.efficientnet import lite0
from ravs.errors import ModelNotFoundError
from ravs.losses import segmentation_loss, tagging_loss
from ravs.model import RavsModel


def tiny(seed=0, **changes):
    """The debug preset with random weights, in evaluation."""
    torch.manual_seed(seed)
    model = RavsModel(RavsConfig.preset("ravs-debug", **changes)).eval()
    for norm in model.modules():  # running statistics that are not those of nothing
        if isinstance(norm, torch.nn.BatchNorm2d):
            norm.running_var.uniform_(0.5, 1.5)
    return model


def clip(clips=1, seconds=2, height=64, width=64, seed=0):
    """Random pictures and sound of some clips, as the processor gives them."""
    generator = torch.Generator().manual_seed(seed)
    return {
        "pixel_values": torch.randn(clips, seconds, 3, height, width, generator=generator),
        "audio_features": torch.randn(clips, seconds, 2, 100, 64, generator=generator),
    }


def masks(clips=1, seconds=2, height=64, width=64, classes=3):
    return torch.randint(0, classes, (clips, seconds, height, width), generator=torch.Generator().manual_seed(1))


ABLATIONS = [
    {"alignment": "none", "contrastive": False, "uncertainty": False},
    {"alignment": "cross_attention", "contrastive": False, "uncertainty": False},
    {"alignment": "gt_filter", "contrastive": False, "uncertainty": False},
    {"alignment": "sgsm", "contrastive": False, "uncertainty": False},
    {"alignment": "sgsm", "contrastive": True, "uncertainty": False},
    {"alignment": "sgsm", "contrastive": True, "uncertainty": True},
    {"merge_tokens": "visual", "position_encoding": "none", "remap": "plain", "uncertainty_scaling": "minmax"},
    {"alignment_width": None, "classes": ("sounding",), "loss_classes": "all", "loss_size": "picture"},
    {"audio_tokens": "mean", "group_labels": "nearest", "stereo": False},
]


@pytest.mark.parametrize(("height", "width"), [(64, 64), (37, 51), (20, 100), (5, 3)])
def test_any_height_and_width_give_maps_at_stride_four(height, width):
    out = tiny()(**clip(height=height, width=width))
    size = (-(-height // 4), -(-width // 4))
    assert out.logits.shape == out.adjusted_logits.shape == (1, 2, 3, *size)
    assert out.uncertainty.shape == (1, 2, *size)
    assert out.adjusted_logits.isfinite().all()
    assert out.uncertainty.min() >= 0 and out.uncertainty.max() <= 1


@pytest.mark.parametrize("seconds", [1, 3, 7])
def test_any_number_of_seconds_works(seconds):
    out = tiny()(**clip(seconds=seconds, height=32, width=32))
    assert out.logits.shape == (1, seconds, 3, 8, 8)


@pytest.mark.parametrize("changes", [{}, {"uncertainty_scaling": "minmax"}, {"classes": ("sounding",)}])
def test_a_batch_of_two_equals_two_batches_of_one(changes):
    model, both = tiny(**changes), clip(clips=2, height=37, width=51)
    together = model(**both)
    for which in range(2):
        alone = model(**{name: value[which : which + 1] for name, value in both.items()})
        for part in ("logits", "adjusted_logits", "uncertainty"):
            torch.testing.assert_close(together[part][which : which + 1], alone[part], rtol=1e-4, atol=1e-5)


def test_a_padded_clip_in_a_batch_equals_the_clip_alone():
    model, both = tiny(), clip(clips=2, seconds=3)
    valid = torch.tensor([[True, True, True], [True, False, False]])
    together = model(**both, valid=valid)
    alone = model(**{name: value[1:, :1] for name, value in both.items()})
    torch.testing.assert_close(together.adjusted_logits[1:, :1], alone.adjusted_logits, rtol=1e-4, atol=1e-5)


def test_padded_seconds_count_in_no_loss():
    model, long, truth = tiny(), clip(seconds=3), masks(seconds=3)
    valid = torch.tensor([[True, True, False]])
    padded = model(**long, valid=valid, masks=truth)
    short = model(**{name: value[:, :2] for name, value in long.items()}, masks=truth[:, :2])
    for part in ("loss", "segmentation_loss", "contrastive_loss"):
        torch.testing.assert_close(padded[part], short[part])


def test_unlabelled_seconds_count_in_the_contrast_and_not_in_the_segmentation():
    model, inputs, truth = tiny(contrastive_positives="response"), clip(clips=4), masks(clips=4)
    unlabelled = truth.clone()
    unlabelled[:, 1] = 255
    partly, wholly = model(**inputs, masks=unlabelled), model(**inputs, masks=truth)
    torch.testing.assert_close(partly.contrastive_loss, wholly.contrastive_loss)
    assert partly.segmentation_loss != wholly.segmentation_loss


def test_by_masks_only_labelled_seconds_count_in_the_contrast():
    model, inputs, truth = tiny(), clip(clips=4), masks(clips=4, classes=2)
    truth[:, 1] = 255
    _, aligned = model.encode(inputs["pixel_values"].flatten(0, 1), model.audio_encoder(sound_of(inputs)), None)
    last, seen = aligned[-1], truth.flatten(0, 1)[:, 2::4, 2::4]
    pairs = groups_in_truth(last.group_of_token, last.groups.shape[1], (4, 4), seen, 255)
    alike = similarity(last.groups, last.audio)
    labelled = torch.tensor([True, False] * 4)
    expected = contrastive_loss(alike, *where_both(*pairs), labelled, 0.1)
    assert expected > 0
    torch.testing.assert_close(model(**inputs, masks=truth).contrastive_loss, expected)


def sound_of(inputs):
    """Features of all seconds, folded as the model folds them."""
    return inputs["audio_features"].flatten(0, 1)


def test_the_loss_is_the_sum_of_its_named_parts():
    model, tags = tiny(tagging_weight=0.3, contrastive_weight=0.2), tags_of()
    out = model(**clip(), masks=masks(), **tags)
    tags = [one.flatten(0, 1) for one in tags.values()]
    heard = model.audio_encoder(sound_of(clip()))
    torch.testing.assert_close(
        out.tagging_loss, tagging_loss(model.audio_encoder.tag(heard), *tags, torch.ones(2, dtype=torch.bool))
    )
    torch.testing.assert_close(out.loss, out.segmentation_loss + 0.2 * out.contrastive_loss + 0.3 * out.tagging_loss)


def tags_of(seconds=2):
    """Both classes sound in every second, from everywhere."""
    return {"sounding": torch.ones(1, seconds, 2), "directions": torch.full((1, seconds, 2, 3), 1 / 3)}


def test_padding_counts_in_no_part_of_the_loss():
    model, inputs, truth = tiny(tagging_weight=0.3), clip(clips=2), masks(clips=2)
    valid = torch.tensor([[True, True], [True, False]])
    tags = {key: torch.cat([value, value]) for key, value in tags_of().items()}
    changed = {key: value.clone() for key, value in tags.items()}
    changed["sounding"][1, 1] = 0
    other, elsewhere = truth.clone(), {key: value.clone() for key, value in inputs.items()}
    other[1, 1] = 1
    elsewhere["audio_features"][1, 1] += 1
    first = model(**inputs, valid=valid, masks=truth, **tags)
    second = model(**elsewhere, valid=valid, masks=other, **changed)
    for part in ("loss", "segmentation_loss", "contrastive_loss", "tagging_loss", "contrast_auc", "both_kinds"):
        torch.testing.assert_close(second[part], first[part], equal_nan=True, msg=part)


@pytest.mark.parametrize("size", ["picture", "map"])
@pytest.mark.parametrize("classes", ["all", "present"])
def test_the_segmentation_loss_is_taken_as_the_configuration_says(size, classes):
    weights = {"cross_entropy_weight": 1.0, "dice_weight": 3.0, "iou_weight": 7.0}
    model, truth = tiny(loss_size=size, loss_classes=classes, sounding_weight=0.0, **weights), masks(classes=2)
    out = model(**clip(), masks=truth)
    logits, truth = out.adjusted_logits.flatten(0, 1), truth.flatten(0, 1)
    if size == "picture":
        logits = F.interpolate(logits, (64, 64), mode="bilinear")
    else:
        truth = truth[:, 2::4, 2::4]  # the pixel at the middle of each place
    torch.testing.assert_close(out.segmentation_loss, segmentation_loss(logits, truth, (1.0, 3.0, 7.0), classes))


def test_sounding_against_not_adds_its_share_and_counts_no_class_and_no_ignored_pixel():
    shared = {"cross_entropy_weight": 1.0, "dice_weight": 3.0, "iou_weight": 7.0}
    model, truth = tiny(sounding_weight=0.5, **shared), masks(classes=2)
    truth[:, 0, :8] = 255
    out = model(**clip(), masks=truth)
    logits, truth = out.adjusted_logits.flatten(0, 1), truth.flatten(0, 1)[:, 2::4, 2::4]
    silent = logits.softmax(dim=1)[:, 0]
    two = torch.stack([silent, 1 - silent], dim=1).log()
    either = torch.where(truth == 255, truth, truth.clamp(max=1))
    by_class, by_either = (
        segmentation_loss(*pair, (1.0, 3.0, 7.0), "present") for pair in ((logits, truth), (two, either))
    )
    torch.testing.assert_close(out.segmentation_loss, by_class + 0.5 * by_either)


@pytest.mark.parametrize("change", [{"contrastive_temperature": 0.5}, {"positive_threshold": 0.6}])
def test_the_contrast_takes_its_settings_from_the_configuration(change):
    changes = {"contrastive_positives": "response", "response_sharpness": 3.0}
    model, inputs = tiny(**changes, **change), clip(clips=3)
    _, aligned = model.encode(inputs["pixel_values"].flatten(0, 1), model.audio_encoder(sound_of(inputs)), None)
    alike = similarity(aligned[-1].groups, aligned[-1].audio)  # of the last aligned stage
    config = model.config
    parts = positives_and_negatives(alike, 3.0, config.positive_threshold)
    expected = contrastive_loss(alike, *parts, torch.ones(6, dtype=torch.bool), config.contrastive_temperature)
    assert expected > 0
    torch.testing.assert_close(model(**inputs, masks=masks(clips=3)).contrastive_loss, expected)


def test_each_alignment_is_built_as_the_configuration_says():
    changes = {"num_groups": (9, 6, 4), "num_neighbors": 3, "alignment_layers": (1, 2, 3)}
    for merge, encoding, remap in (("visual", "none", "plain"), ("audio_visual", "sine", "gated")):
        model = tiny(**changes, merge_tokens=merge, position_encoding=encoding, remap=remap)
        for stage, alignment in enumerate(model.alignments):
            assert alignment.num_groups == (9, 6, 4)[stage] and len(alignment.layers) == (1, 2, 3)[stage]
            assert alignment.num_neighbors == 3
            assert (alignment.merge_tokens, alignment.position_encoding, alignment.remap) == (merge, encoding, remap)


@pytest.mark.parametrize("alignment", ["sgsm", "cross_attention"])
def test_the_own_place_is_heard_first_where_audio_tokens_are_directions(alignment):
    shared = {"alignment": alignment, "contrastive": False, "hear_from": "own_place"}
    for changes, own_place in (
        ({}, True),
        ({"hear_from": "anywhere"}, False),
        ({"stereo": False}, False),
        ({"audio_tokens": "mean"}, False),
    ):
        assert [one.own_place for one in tiny(**shared | changes).alignments] == [own_place] * 3
    assert not RavsConfig.preset("ravs-debug", audio_encoder="vggish", **shared).hears_own_place


def test_a_model_just_made_is_in_evaluation_and_gives_the_same_twice():
    model = RavsModel(RavsConfig.preset("ravs-debug"))
    norms = [module for module in model.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    assert norms and not any(norm.training for norm in norms)
    inputs = clip(seconds=1, height=32, width=32)
    assert torch.equal(model(**inputs).logits, model(**inputs).logits)
    assert not any(norm.running_mean.any() for norm in norms)
    assert not any(norm.training for norm in lite0().modules() if isinstance(norm, torch.nn.BatchNorm2d))


def test_without_masks_there_is_no_loss():
    assert tiny()(**clip()).loss is None


@pytest.mark.parametrize("changes", ABLATIONS)
def test_each_ablation_trains(changes):
    model = tiny(**changes).train()
    out = model(**clip(), masks=masks(classes=model.config.num_classes))
    out.loss.backward()
    assert out.loss.isfinite()
    assert (out.uncertainty is None) == (not model.config.uncertainty)
    assert all(weight.grad.isfinite().all() for weight in model.parameters() if weight.grad is not None)
    assert model.heads.classify.weight.grad.any() and model.visual_encoder.parameters().__next__().grad.any()


def sounds(seed=5):
    """The same pictures with two different sounds."""
    inputs = clip()
    return inputs, inputs | {"audio_features": clip(seed=seed)["audio_features"]}


def test_none_is_the_deaf_model_whose_output_does_not_depend_on_the_sound():
    model = tiny(alignment="none", contrastive=False)
    first, second = (model(**inputs).adjusted_logits for inputs in sounds())
    assert torch.equal(first, second)


@pytest.mark.parametrize("changes", [{"alignment": "cross_attention", "contrastive": False}, {}, ABLATIONS[6]])
def test_all_others_hear(changes):
    model = tiny(**changes)
    first, second = (model(**inputs).adjusted_logits for inputs in sounds())
    assert not torch.allclose(first, second, rtol=0, atol=1e-6)


def test_without_stereo_left_against_right_is_not_heard():
    inputs = clip()
    swapped = dict(inputs, audio_features=inputs["audio_features"] * torch.tensor([1.0, -1.0])[:, None, None])
    for stereo in (True, False):
        model = tiny(stereo=stereo)
        assert torch.equal(model(**inputs).logits, model(**swapped).logits) != stereo


def test_the_mean_of_the_audio_tokens_can_be_all_that_is_heard():
    model, inputs = tiny(audio_tokens="mean"), clip()
    heard = []
    for alignment in model.alignments:
        alignment.register_forward_hook(lambda _module, given, _out: heard.append(given[1]))
    model(**inputs)
    tokens = model.audio_encoder(inputs["audio_features"].flatten(0, 1))
    assert tokens.shape[1] == 3
    assert all(torch.equal(one, tokens.mean(dim=1, keepdim=True)) for one in heard)


def test_the_ground_truth_filter_mutes_what_the_truth_calls_silent_in_training_alone():
    model = tiny(alignment="gt_filter", contrastive=False)
    silent, loud = torch.zeros(1, 2, 64, 64, dtype=torch.long), torch.ones(1, 2, 64, 64, dtype=torch.long)
    unknown = torch.full((1, 2, 64, 64), 255)
    for layer in model.alignments:
        torch.nn.init.zeros_(layer.project_out.bias)

    def heard(truth):
        return not torch.equal(*(model(**inputs, masks=truth).logits for inputs in sounds()))

    assert heard(silent)  # in evaluation nothing is filtered
    for part in (model.train(), model.visual_encoder, model.audio_encoder):
        part.train(part is model)
    assert not heard(silent)
    assert heard(loud)
    assert heard(unknown)


def test_each_second_hears_its_own_sound_and_no_other():
    model, inputs = tiny(), clip(seconds=3)
    changed = inputs["audio_features"].clone()
    changed[:, 1] += 1

    def maps(features):
        return model.encode(inputs["pixel_values"][0], model.audio_encoder(features[0]), None)[0][3]

    differs = (maps(changed) != maps(inputs["audio_features"])).flatten(1).any(dim=1)
    assert differs.tolist() == [False, True, False]


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_autocast_gives_finite_losses_and_gradients(dtype):
    model = tiny().train()
    with torch.autocast("cpu", dtype=dtype):
        out = model(**clip(), masks=masks())
    out.loss.backward()
    assert out.loss.isfinite() and out.adjusted_logits.dtype == torch.float32
    assert all(weight.grad.isfinite().all() for weight in model.parameters() if weight.grad is not None)


def test_every_weight_learns_in_a_full_training_step():
    model = tiny(tagging_weight=0.1).train()
    model(**clip(), masks=masks(), **tags_of()).loss.backward()
    still = [name for name, weight in model.named_parameters() if weight.requires_grad and weight.grad is None]
    assert still == []


def test_a_saved_model_comes_back_with_every_weight_and_buffer(tmp_path):
    model = tiny().train()
    model(**clip())  # running statistics move
    model.eval().save_pretrained(tmp_path)
    for again in (RavsModel.from_pretrained(tmp_path), AutoModel.from_pretrained(tmp_path)):
        assert isinstance(again, RavsModel) and not again.training
        stored, loaded = (dict([*m.named_parameters(), *m.named_buffers()]) for m in (model, again))
        assert stored.keys() == loaded.keys()
        assert all(torch.equal(value, loaded[name]) for name, value in stored.items())
        torch.testing.assert_close(again(**clip()).adjusted_logits, model(**clip()).adjusted_logits)
    assert AutoConfig.from_pretrained(tmp_path).to_diff_dict() == model.config.to_diff_dict()


def rewrite(folder, change):
    """Change the state dict that lies in a model's folder."""
    path = folder / "model.safetensors"
    state = load_file(path)
    change(state)
    save_file(state, path, metadata={"format": "pt"})


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda state: state.pop("heads.classify.bias"), "heads.classify.bias"),
        (lambda state: state.update({"heads.surplus": torch.zeros(2)}), "heads.surplus"),
        (lambda state: state.update({"heads.classify.bias": torch.zeros(9)}), "heads.classify.bias"),
    ],
)
def test_a_missing_surplus_or_misshapen_key_is_an_error_that_names_it(tmp_path, change, named):
    tiny().save_pretrained(tmp_path)
    rewrite(tmp_path, change)
    with pytest.raises(ModelNotFoundError, match=named.replace(".", r"\.")):
        RavsModel.from_pretrained(tmp_path)


def test_a_checkpoint_stored_in_half_precision_is_float32_in_use(tmp_path):
    tiny().half().save_pretrained(tmp_path)
    assert load_file(tmp_path / "model.safetensors")["heads.classify.bias"].dtype == torch.float16
    assert json.loads((tmp_path / "config.json").read_text())["dtype"] == "float16"
    again = RavsModel.from_pretrained(tmp_path)
    assert {weight.dtype for weight in again.parameters()} == {torch.float32}
    assert again(**clip()).adjusted_logits.dtype == torch.float32


def test_modules_keep_the_initial_weights_of_their_own_constructors():
    for layer in [one for one in tiny().modules() if isinstance(one, torch.nn.Linear | torch.nn.Conv2d)]:
        expected = (3 * layer.weight[0].numel()) ** -0.5  # uniform up to 1 / sqrt(inputs), as torch's layers begin
        assert layer.weight.std().item() == pytest.approx(expected, rel=0.4)


def test_the_same_seed_gives_the_same_weights_and_nothing_is_downloaded(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    first, second = tiny(seed=4).state_dict(), tiny(seed=4).state_dict()
    assert all(torch.equal(value, second[name]) for name, value in first.items())


def authors_lite0(path):
    """A file as the package has it: the order and shapes of its tensors count, their names do not."""
    values = [value for value in lite0().state_dict().values() if value.is_floating_point()]
    state = {f"_{index}": torch.rand_like(value) for index, value in enumerate(values)}
    torch.save(state, path)
    return state


def test_a_model_from_encoders_has_their_published_weights_and_is_random_otherwise(tmp_path):
    stored = list(authors_lite0(tmp_path / "lite0.pth").values())
    config = RavsConfig.preset("ravs-debug", visual_encoder="efficientnet-lite0")
    torch.manual_seed(0)
    model = RavsModel.from_encoders(config, visual=tmp_path / "lite0.pth")
    torch.manual_seed(0)
    unfilled = RavsModel(config).state_dict()
    filled = [value for value in model.visual_encoder.state_dict().values() if value.is_floating_point()]
    assert all(torch.equal(*pair) for pair in zip(filled, stored, strict=True))
    others = {key: value for key, value in model.state_dict().items() if not key.startswith("visual_encoder.")}
    assert any(key.startswith("audio_encoder.") for key in others)
    assert all(torch.equal(value, unfilled[key]) for key, value in others.items())


def test_encoders_without_published_weights_are_refused_where_a_file_or_a_name_is_needed(tmp_path):
    authors_lite0(tmp_path / "lite0.pth")
    config = RavsConfig.preset("ravs-debug", visual_encoder="efficientnet-lite0")
    with pytest.raises(ModelNotFoundError, match="no weights are published for 'logmel-cnn'"):
        RavsModel.from_encoders(config, visual=tmp_path / "lite0.pth", audio=tmp_path / "lite0.pth")
    heard = RavsConfig.preset("ravs-debug", visual_encoder="efficientnet-lite0", audio_encoder="vggish")
    with pytest.raises(ModelNotFoundError, match="weights of vggish are on no hub"):
        RavsModel.from_encoders(heard, visual=tmp_path / "lite0.pth")
