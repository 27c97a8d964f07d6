"""What counts in the loss of RavsModel, and that every weight learns."""

import pytest
import torch
from torch.nn import functional as F

from ravs.modeling.alignment.contrastive import (
    contrastive_loss,
    keep_frames_with_both,
    label_groups,
    positives_and_negatives,
    similarity,
)
from ravs.modeling.losses import segmentation_loss, tagging_loss
from support.models import ABLATIONS, clip, masks, tiny


def test_padded_seconds_count_in_no_loss():
    model, long, truth = tiny(), clip(seconds=3), masks(seconds=3)
    valid = torch.tensor([[True, True, False]])
    padded = model(**long, valid=valid, masks=truth)
    short = model(**{name: value[:, :2] for name, value in long.items()}, masks=truth[:, :2])
    for part in ("loss", "segmentation_loss", "contrastive_loss"):
        torch.testing.assert_close(padded[part], short[part])


def test_unlabelled_seconds_count_in_the_contrastive_loss_and_not_in_the_segmentation():
    model, inputs, truth = tiny(contrastive_positives="response"), clip(clips=4), masks(clips=4)
    unlabelled = truth.clone()
    unlabelled[:, 1] = 255
    partly, wholly = model(**inputs, masks=unlabelled), model(**inputs, masks=truth)
    torch.testing.assert_close(partly.contrastive_loss, wholly.contrastive_loss)
    assert partly.segmentation_loss != wholly.segmentation_loss


def test_by_masks_only_labelled_seconds_count_in_the_contrastive_loss():
    model, inputs, truth = tiny(), clip(clips=4), masks(clips=4, classes=2)
    truth[:, 1] = 255
    _, aligned = model.encode(inputs["pixel_values"].flatten(0, 1), model.audio_encoder(sound_of(inputs)), None)
    last, seen = aligned[-1], truth.flatten(0, 1)[:, 2::4, 2::4]
    pairs = label_groups(last.group_of_token, last.groups.shape[1], (4, 4), seen, 255)
    similarities = similarity(last.groups, last.audio)
    labelled = torch.tensor([True, False] * 4)
    expected = contrastive_loss(similarities, *keep_frames_with_both(*pairs), labelled, 0.1, "each")
    assert expected > 0
    torch.testing.assert_close(model(**inputs, masks=truth).contrastive_loss, expected)


def sound_of(inputs):
    """Features of all seconds, folded as the model folds them."""
    return inputs["audio_features"].flatten(0, 1)


def test_the_loss_is_the_sum_of_its_named_parts():
    model, tags = tiny(tagging_weight=0.3, contrastive_weight=0.2), tags_of()
    out = model(**clip(), masks=masks(), **tags)
    tags = [one.flatten(0, 1) for one in tags.values()]
    tokens = model.audio_encoder(sound_of(clip()))
    torch.testing.assert_close(
        out.tagging_loss, tagging_loss(model.audio_encoder.tag(tokens), *tags, torch.ones(2, dtype=torch.bool))
    )
    torch.testing.assert_close(out.loss, out.segmentation_loss + 0.2 * out.contrastive_loss + 0.3 * out.tagging_loss)


def test_a_frozen_audio_encoder_has_no_tags_and_its_model_no_loss_on_them():
    model = tiny(audio_encoder="aisfx", tagging_weight=0.3)
    inputs = clip() | {"audio_features": torch.rand(1, 2, 1, 512)}
    out, tagged = model(**inputs, masks=masks()), model(**inputs, masks=masks(), **tags_of())
    assert tagged.tagging_loss is None and torch.equal(tagged.loss, out.loss)


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
        truth = truth[:, 2::4, 2::4]  # the pixel at the center of each position
    torch.testing.assert_close(out.segmentation_loss, segmentation_loss(logits, truth, (1.0, 3.0, 7.0), classes))


def test_undivided_the_contrastive_loss_weighs_a_twelfth_beside_the_segmentation():
    out, undivided = (tiny(loss_weights_sum=how)(**clip(), masks=masks()) for how in ("one", "as_given"))
    torch.testing.assert_close(undivided.segmentation_loss, 12 * out.segmentation_loss)  # 5 + 5 + 2
    torch.testing.assert_close(undivided.contrastive_loss, out.contrastive_loss)
    torch.testing.assert_close(undivided.loss, 12 * out.segmentation_loss + 0.1 * out.contrastive_loss)


def test_sounding_against_silent_adds_its_share_and_counts_no_class_and_no_ignored_pixel():
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


@pytest.mark.parametrize(
    "change", [{"contrastive_temperature": 0.5}, {"positive_threshold": 0.6}, {"contrastive_form": "joint"}]
)
def test_the_contrastive_loss_takes_its_settings_from_the_configuration(change):
    changes = {"contrastive_positives": "response", "response_sharpness": 3.0}
    model, inputs = tiny(**changes, **change), clip(clips=3)
    _, aligned = model.encode(inputs["pixel_values"].flatten(0, 1), model.audio_encoder(sound_of(inputs)), None)
    similarities = similarity(aligned[-1].groups, aligned[-1].audio)  # of the last aligned stage
    config = model.config
    parts = positives_and_negatives(similarities, 3.0, config.positive_threshold)
    settings = (config.contrastive_temperature, config.contrastive_form)
    expected = contrastive_loss(similarities, *parts, torch.ones(6, dtype=torch.bool), *settings)
    assert expected > 0
    torch.testing.assert_close(model(**inputs, masks=masks(clips=3)).contrastive_loss, expected)


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
