import math

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch.nn import functional as F
from transformers import AutoModel

from ravs.config import RavsConfig
from ravs.config.presets import PRESETS
from ravs.errors import InputError, ModelNotFoundError
from ravs.inference.processor import RavsProcessor
from ravs.modeling.encoders.pretrained import load_encoder
from ravs.modeling.losses import segmentation_loss, sounding_logits
from ravs.modeling.matching.class_matching import ClassMatchingModel
from ravs.modeling.matching.mask_head import class_logits
from ravs.modeling.registry import build
from support.models import masks

SILENCE = torch.stack([torch.full((96, 64), math.log(0.001)), torch.zeros(96, 64)])


@pytest.mark.parametrize(("height", "width"), [(64, 32), (37, 51), (5, 3)])
def test_any_height_and_width_give_maps_at_stride_8(debug, clip, height, width):
    out = debug()(**clip(clips=2, seconds=3, height=height, width=width))
    size = (-(-height // 8), -(-width // 8))
    assert out.logits.shape == out.adjusted_logits.shape == (2, 3, 3, *size)
    assert out.uncertainty.shape == (2, 3, *size) and out.loss is None
    assert out.logits.isfinite().all() and 0 <= out.uncertainty.min() <= out.uncertainty.max() <= 1


def test_a_batch_of_two_equals_two_batches_of_one(debug, clip):
    model, both = debug(neighbor_weight=0.5), clip(clips=2, seconds=3, height=37, width=51)
    together = model(**both)
    for which in range(2):
        alone = model(**{name: value[which : which + 1] for name, value in both.items()})
        for name in ("logits", "uncertainty"):
            torch.testing.assert_close(together[name][which : which + 1], alone[name], rtol=1e-4, atol=1e-4)


def test_a_padded_clip_equals_the_clip_alone(debug, clip):
    model, long = debug(neighbor_weight=0.5), clip(seconds=3)
    padded = model(**long, valid=torch.tensor([[True, True, False]]), masks=masks(seconds=3))
    short = model(**{name: value[:, :2] for name, value in long.items()}, masks=masks(seconds=3)[:, :2])
    torch.testing.assert_close(padded.logits[:, :2], short.logits, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(padded.loss, short.loss)


@pytest.mark.parametrize(("weight", "changed"), [(0.0, [False, False, True]), (0.5, [False, True, True])])
def test_audio_changes_its_own_second_and_with_a_weight_those_beside_it(debug, clip, weight, changed):
    model, inputs = debug(neighbor_weight=weight), clip(seconds=3)
    other = inputs["audio_features"].clone()
    other[:, 2] = SILENCE
    before, after = (model(inputs["pixel_values"], audio).logits[0] for audio in (inputs["audio_features"], other))
    assert ((before - after).abs().flatten(1).amax(1) > 1e-5).tolist() == changed


@torch.no_grad()
def test_with_a_classifier_that_knows_silence_a_muted_clip_sounds_nowhere(debug, clip):
    model, inputs = debug(), clip()
    muted = inputs | {"audio_features": SILENCE.expand(1, 2, -1, -1, -1)}
    loud, silent = (model.audio_encoder(one["audio_features"][0])[0, 0, :128] for one in (inputs, muted))
    axis = (loud - silent) / (loud - silent).square().sum()  # 0 at silence, 1 at what is heard
    classifier = model.sound_classifier
    classifier.mean.copy_(silent)
    classifier.classify.weight.copy_(torch.stack([0 * axis, 20 * axis, 0 * axis]))
    classifier.classify.bias.copy_(torch.tensor([0.0, -10.0, -10.0]))
    head = model.mask_head
    head.body = torch.nn.Identity()  # the mask is the map of √a q alone
    head.classify = torch.nn.Conv2d(14 + 2 + 8, 1, 1)
    head.classify.weight.zero_()
    head.classify.weight[0, 0] = 4.0
    head.classify.bias.zero_()
    sounding = [1 - model(**one).adjusted_logits.softmax(2)[:, :1, 0] for one in (inputs, muted)]
    assert sounding[0].max() > 0.5 > 0.1 > sounding[1].max()


def test_kept_features_and_tokens_give_the_same(debug, clip):
    model, inputs = debug(), clip(clips=2)
    maps = model.features(inputs["pixel_values"].flatten(0, 1))
    tokens = model.audio_encoder(inputs["audio_features"].flatten(0, 1))
    heard = model.hear(tokens, torch.ones(2, 2, dtype=torch.bool))
    match = model.match(maps, heard)
    logits = class_logits(match.mask, match.names).unflatten(0, (2, 2))
    assert torch.equal(model(**inputs).logits, logits)
    assert torch.equal(model(inputs["pixel_values"], tokens.unflatten(0, (2, 2))).logits, logits)
    assert match.view.shape == (4, 3, 8, 8) and not any(one.requires_grad for one in maps)
    assert heard.has_directions.tolist() == [1, 1, 1, 1]


def test_an_encoder_without_panorama_has_no_directions(debug, clip):
    model, inputs = debug(audio_encoder="yamnet"), clip()
    assert model(inputs["pixel_values"], inputs["audio_features"][:, :, :1]).logits.isfinite().all()
    heard = model.hear(torch.randn(2, 1, 128), torch.ones(1, 2, dtype=torch.bool))
    assert heard.panorama.shape == (2, 1) and not heard.has_directions.any()


@pytest.mark.parametrize("classes", [("dog", "car"), ("sounding",)])
def test_a_training_step_reaches_every_weight_but_the_frozen_ones(debug, clip, classes):
    model = debug(classes=classes).train()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    model(**clip(clips=2), masks=masks(clips=2, classes=len(classes) + 1)).loss.backward()
    frozen = {name.split(".")[0] for name, weight in model.named_parameters() if not weight.requires_grad}
    assert frozen == {"visual_encoder", "audio_encoder", "class_maps"}
    learning = [(name, weight) for name, weight in model.named_parameters() if weight.requires_grad]
    assert [name for name, weight in learning if weight.grad is None or not weight.grad.any()] == []
    parts = ("visual_encoder.", "audio_encoder.", "class_maps.")
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items() if key.startswith(parts))


@pytest.mark.parametrize("size", ["map", "picture"])
def test_the_loss_is_eq_2_on_the_classes_and_on_sounding(debug, clip, size):
    model, truth = debug(loss_size=size), masks().flatten(0, 1)
    out = model(**clip(), masks=masks())
    logits = out.logits.flatten(0, 1)
    if size == "picture":
        logits = F.interpolate(logits, (64, 64), mode="bilinear")
    else:
        truth = truth[:, 4::8, 4::8]
    weights = ((5.0, 5.0, 2.0), "present")
    expected = segmentation_loss(logits, truth, *weights)
    expected = expected + segmentation_loss(sounding_logits(logits), truth.clamp(max=1), *weights)
    torch.testing.assert_close(out.loss, expected)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_autocast_gives_finite_losses_and_gradients(debug, clip, dtype):
    model = debug().train()
    with torch.autocast("cpu", dtype=dtype):
        out = model(**clip(), masks=masks())
    out.loss.backward()
    assert out.loss.isfinite() and out.adjusted_logits.dtype == torch.float32
    assert all(weight.grad.isfinite().all() for weight in model.parameters() if weight.grad is not None)


def test_a_saved_model_comes_back_with_every_weight_and_buffer(debug, clip, tmp_path):
    model = debug().train()
    model(**clip())  # running statistics move
    model.sound_classifier.deviation.fill_(2.0)
    model.eval().save_pretrained(tmp_path)
    for again in (ClassMatchingModel.from_pretrained(tmp_path), AutoModel.from_pretrained(tmp_path)):
        assert type(again) is ClassMatchingModel and not again.training
        assert not any(weight.requires_grad for weight in again.visual_encoder.parameters())
        stored, loaded = model.state_dict(), again.state_dict()
        assert stored.keys() == loaded.keys()
        assert all(torch.equal(value, loaded[name]) for name, value in stored.items())
        torch.testing.assert_close(again(**clip()).logits, model(**clip()).logits)
    assert RavsConfig.from_pretrained(tmp_path).to_diff_dict() == model.config.to_diff_dict()


def test_a_missing_weight_is_an_error_that_names_it(debug, tmp_path):
    debug().save_pretrained(tmp_path)
    state = load_file(tmp_path / "model.safetensors")
    del state["sound_classifier.deviation"]
    save_file(state, tmp_path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelNotFoundError, match=r"sound_classifier\.deviation"):
        ClassMatchingModel.from_pretrained(tmp_path)


def test_the_tiny_preset_is_of_the_sizes_that_were_found():
    config = RavsConfig.preset("class-matching-tiny")
    assert (config.visual_encoder, config.audio_encoder) == ("efficientnet-lite0", "yamnet-panorama")
    assert (config.image_size, config.resize, config.clip_seconds, config.names) == (448, "keep", 5, "region")
    assert config.mask_classes[-1] == "unnamed" and config.uncertainty
    with torch.device("meta"):
        model = build(config)
    assert model.sound_classifier.classify.weight.shape == (34, 1024)
    assert [norm.num_features for norm in model.sight_net.norms] == [64, 112, 320]
    learned = sum(weight.numel() for weight in model.parameters() if weight.requires_grad)
    assert learned == 303_578  # 0.3 M beside 8 M that are frozen
    assert [name for name in PRESETS if name.startswith("class-matching")] == [
        "class-matching-tiny",
        "class-matching-debug",
    ]


@torch.inference_mode()
def test_with_imagenets_weights_the_features_are_lite0s_maps_and_its_classifiers_answer():
    with torch.device("meta"):
        model = build(RavsConfig.preset("class-matching-tiny", classes=("person", "dog"), audio_encoder="aisfx"))
    model = model.to_empty(device="cpu").eval()
    load_encoder(model.visual_encoder, "efficientnet-lite0")
    load_encoder(model.class_maps, "efficientnet-lite0-head")
    maps = model.features(torch.randn(1, 3, 64, 96, generator=torch.Generator().manual_seed(0)))
    first, second, middle, coarse = model.visual_encoder(
        torch.randn(1, 3, 64, 96, generator=torch.Generator().manual_seed(0))
    )
    torch.testing.assert_close(maps.fine, torch.cat([F.avg_pool2d(first, 2), second], 1))
    assert torch.equal(maps.middle, middle) and torch.equal(maps.coarse, coarse)
    torch.testing.assert_close(maps.class_maps.exp(), model.class_maps(coarse) + 1e-5)
    torch.testing.assert_close(maps.class_maps[:, 0], torch.full((1, 2, 3), 1e-5).log())  # ImageNet has no person


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"visual_encoder": "pvt-v2-b5"}, "visual_encoder is 'pvt-v2-b5'; it must be one of efficientnet-lite0"),
        ({"audio_encoder": "panorama-cnn"}, "audio_encoder is 'panorama-cnn'; it must be one of yamnet-panorama"),
        ({"num_groups": (9, 6, 4)}, "num_groups is .9, 6, 4., but class-matching has no such part"),
        ({"decoder_width": 8}, "decoder_width is 8, but class-matching has no such part"),
        ({"uncertainty": False}, "uncertainty is False, but class-matching has no such part"),
        ({"sight_width": 12}, "sight_width is 12; it must be a multiple of 8"),
        ({"head_width": 0}, "head_width is 0; it must be a whole number"),
        ({"sight_depth": 0}, "sight_depth is 0"),
        ({"neighbor_weight": 1.5}, "neighbor_weight is 1.5; it must lie between 0 and 1"),
        ({"neighbour_weight": 0.5}, "did you mean 'neighbor_weight'"),
    ],
)
def test_a_wrong_value_is_an_error_at_once(wrong, message):
    with pytest.raises(InputError, match=message):
        RavsConfig.preset("class-matching-debug", **wrong)


def test_the_processor_gives_what_the_model_takes(debug):
    model = debug()
    processor = RavsProcessor(model.config)
    rng = torch.Generator().manual_seed(0)
    frames = torch.randint(0, 256, (2, 32, 48, 3), generator=rng, dtype=torch.uint8).numpy()
    waveform = (torch.rand(2, 88_200, generator=rng) - 0.5).numpy()
    outputs = model(**processor(images=frames, audio=waveform, sampling_rate=44_100, seconds=3))
    (labels,) = processor.post_process_semantic_segmentation(outputs, [(32, 48)])
    assert labels.shape == (3, 32, 48) and labels.max() <= 2


@torch.no_grad()
def test_a_silent_second_marks_nothing_whatever_the_weights(debug, clip):
    model, inputs = debug(), clip(seconds=2)
    inputs["audio_features"][:, 1] = SILENCE
    background = model(**inputs).logits.softmax(dim=2)[0, :, 0]
    assert background[1].min() > 1 - 1e-6 and background[0].min() < 0.99
