"""What all baselines share: any size, any length, losses by name, files that load completely."""

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch.nn import functional as F
from transformers import AutoModel

from ravs.config import RavsConfig
from ravs.config.methods import OWN_METHODS
from ravs.config.presets import PRESETS
from ravs.errors import InputError, ModelNotFoundError
from ravs.modeling.losses import segmentation_loss, sounding_logits, tagging_loss
from ravs.modeling.ravs import RavsModel
from ravs.modeling.registry import METHODS, build, model_class

BASELINES = [method for method in METHODS if method not in OWN_METHODS]
of_each = pytest.mark.parametrize("method", BASELINES)


@of_each
@pytest.mark.parametrize(("height", "width"), [(64, 32), (37, 51), (5, 3)])
def test_any_height_and_width_give_logits_at_the_methods_own_stride(debug, clip, method, height, width):
    out = debug(method)(**clip(clips=2, seconds=3, height=height, width=width))
    size = (-(-height // 4), -(-width // 4)) if method == "cavp" else (height, width)
    assert out.logits.shape == out.adjusted_logits.shape == (2, 3, 3, *size)
    assert out.uncertainty is None and out.loss is None
    assert out.logits.isfinite().all() and torch.equal(out.logits, out.adjusted_logits)


@of_each
def test_a_batch_of_two_equals_two_batches_of_one(debug, clip, method):
    model, both = debug(method), clip(clips=2, seconds=3, height=37, width=51)
    together = model(**both).logits
    for which in range(2):
        alone = model(**{name: value[which : which + 1] for name, value in both.items()}).logits
        torch.testing.assert_close(together[which : which + 1], alone, rtol=1e-4, atol=1e-4)


@of_each
def test_a_padded_clip_in_a_batch_equals_the_clip_alone(debug, clip, method):
    model, both = debug(method), clip(clips=2, seconds=3, height=32, width=48)
    valid = torch.tensor([[True, True, True], [True, True, False]])
    together = model(**both, valid=valid).logits
    alone = model(**{name: value[1:, :2] for name, value in both.items()}).logits
    torch.testing.assert_close(together[1:, :2], alone, rtol=1e-4, atol=1e-4)


@of_each
def test_audio_changes_the_prediction_of_its_second_and_of_others_where_the_method_is_temporal(debug, clip, method):
    model, inputs = debug(method), clip(seconds=3, height=32, width=48)
    other = inputs["audio_features"].clone()
    other[:, 1, 0], other[:, 1, 1] = -1, 0  # silence
    before, after = (model(inputs["pixel_values"], audio).logits[0] for audio in (inputs["audio_features"], other))
    changed = ((before - after).abs().flatten(1).amax(dim=1) > 1e-5).tolist()
    assert changed == ([True] * 3 if method == "tpavi" else [False, True, False])


@of_each
def test_direction_counts_the_tokens_in_another_order_give_another_vector(debug, method):
    model = debug(method)
    tokens = torch.randn(2, 3, 16, generator=torch.Generator().manual_seed(2))
    assert torch.equal(model.join_audio_tokens(tokens), model.gather(tokens.flatten(1)))
    assert not torch.allclose(model.join_audio_tokens(tokens), model.join_audio_tokens(tokens.flip(1)), atol=1e-3)


def test_a_single_token_is_taken_as_it_is():
    with torch.device("meta"):
        model = build(RavsConfig.preset("tpavi-debug", audio_encoder="vggish"))
        grid = build(RavsConfig.preset("tpavi-debug", audio_encoder="vggish-grid"))
    assert model.gather is None
    token = torch.randn(4, 1, 128)
    assert torch.equal(model.join_audio_tokens(token), token[:, 0])
    assert (grid.gather.in_features, grid.gather.out_features) == (24 * 512, 512)


@of_each
def test_positions_are_added_where_the_configuration_says_so(debug, clip, method):
    flat = {"pixel_values": torch.zeros(1, 2, 3, 64, 64), "audio_features": clip()["audio_features"]}
    with_positions, bare = (debug(method, position_encoding=encoding) for encoding in ("sine", "none"))
    maps = torch.zeros(2, 16, 4, 6)
    assert torch.equal(bare.add_positions(maps), maps)
    assert len(with_positions.add_positions(maps)[0].flatten(1).T.unique(dim=0)) == 24  # no two positions alike
    assert not torch.allclose(with_positions(**flat).logits, bare(**flat).logits, atol=1e-5)


@of_each
@pytest.mark.parametrize("loss", ["shared", "own"])
def test_the_loss_is_the_sum_of_its_named_parts(debug, clip, masks, method, loss):
    model = debug(method, loss=loss, auxiliary_weight=0.7, tagging_weight=0.3)
    tags = {"sounding": torch.ones(1, 2, 2), "directions": torch.full((1, 2, 2, 3), 1 / 3)}
    out, truth = model(**clip(), masks=masks(), **tags), masks().flatten(0, 1)
    logits = out.logits.flatten(0, 1)
    truth = truth[:, 2::4, 2::4] if method == "cavp" else truth  # the pixel at the center of each position
    weights, either = ((5.0, 5.0, 2.0), "present"), sounding_logits(logits)
    shared = segmentation_loss(logits, truth, *weights) + segmentation_loss(either, truth.clamp(max=1), *weights)
    cross_entropy = F.cross_entropy(logits, truth)
    torch.testing.assert_close(out.segmentation_loss, shared if loss == "shared" else cross_entropy)
    tags_of_audio = model.audio_encoder.tag(model.audio_encoder(clip()["audio_features"][0]))
    known = tagging_loss(tags_of_audio, *(tag[0] for tag in tags.values()), torch.ones(2, dtype=torch.bool))
    torch.testing.assert_close(out.tagging_loss, known)
    torch.testing.assert_close(out.loss, out.segmentation_loss + 0.7 * out.auxiliary_loss + 0.3 * known)
    assert out.auxiliary_loss > 0


@of_each
@pytest.mark.parametrize("classes", [("dog", "car"), ("sounding",)])
def test_padded_seconds_count_in_no_loss(debug, clip, masks, method, classes):
    model, long = debug(method, classes=classes), clip(seconds=3)
    truth = masks(seconds=3, classes=len(classes) + 1)
    padded = model(**long, valid=torch.tensor([[True, True, False]]), masks=truth)
    short = model(**{name: value[:, :2] for name, value in long.items()}, masks=truth[:, :2])
    torch.testing.assert_close(padded.segmentation_loss, short.segmentation_loss)
    if method != "cavp":  # whose draws depend on how many frames there are
        torch.testing.assert_close(padded.auxiliary_loss, short.auxiliary_loss)


@of_each
@pytest.mark.parametrize("size", ["map", "picture"])
def test_a_batch_without_any_label_has_a_finite_loss_and_gradient(debug, clip, method, size):
    model = debug(method, loss_size=size).train()
    out = model(**clip(), masks=torch.full((1, 2, 64, 64), 255))
    out.loss.backward()
    assert out.segmentation_loss == 0 and out.loss.isfinite()
    assert all(weight.grad.isfinite().all() for weight in model.parameters() if weight.grad is not None)


@of_each
@pytest.mark.parametrize("classes", [("dog", "car"), ("sounding",)])
def test_every_weight_learns_in_a_full_training_step(debug, clip, masks, method, classes):
    model = debug(method, classes=classes, tagging_weight=0.1).train()
    count = len(classes)
    tags = {"sounding": torch.ones(2, 2, count), "directions": torch.full((2, 2, count, 3), 1 / 3)}
    model(**clip(clips=2), masks=masks(clips=2, classes=count + 1), **tags).loss.backward()
    still = [name for name, weight in model.named_parameters() if weight.grad is None or not weight.grad.any()]
    assert still == []


@of_each
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_autocast_gives_finite_losses_and_gradients(debug, clip, masks, method, dtype):
    model = debug(method).train()
    with torch.autocast("cpu", dtype=dtype):
        out = model(**clip(), masks=masks())
    out.loss.backward()
    assert out.loss.isfinite() and out.adjusted_logits.dtype == torch.float32
    assert all(weight.grad.isfinite().all() for weight in model.parameters() if weight.grad is not None)


@of_each
def test_a_saved_model_comes_back_with_every_weight_and_buffer(debug, clip, method, tmp_path):
    model = debug(method).train()
    model(**clip())  # running statistics move
    model.eval().save_pretrained(tmp_path)
    kind = model_class(method)
    for again in (kind.from_pretrained(tmp_path), AutoModel.from_pretrained(tmp_path)):
        assert type(again) is kind is type(model) and not again.training
        stored, loaded = model.state_dict(), again.state_dict()
        assert stored.keys() == loaded.keys()
        assert all(torch.equal(value, loaded[name]) for name, value in stored.items())
        torch.testing.assert_close(again(**clip()).logits, model(**clip()).logits)
    assert RavsConfig.from_pretrained(tmp_path).to_diff_dict() == model.config.to_diff_dict()


@of_each
def test_a_missing_key_is_an_error_that_names_it(debug, method, tmp_path):
    debug(method).save_pretrained(tmp_path)
    state = load_file(tmp_path / "model.safetensors")
    del state["gather.weight"]
    save_file(state, tmp_path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelNotFoundError, match=r"gather\.weight"):
        model_class(method).from_pretrained(tmp_path)


def test_weights_of_another_method_do_not_load(debug, tmp_path):
    debug("tpavi").save_pretrained(tmp_path)
    with pytest.raises(ModelNotFoundError, match=r"of the method .tpavi., not .ravs.: take TPAVI"):
        RavsModel.from_pretrained(tmp_path)


def test_each_method_is_built_by_its_presets_and_an_unknown_one_is_named():
    sizes = ("pvt-v2-b5-vggish", "tiny", "debug")
    assert {f"{method}-{size}" for method in (*BASELINES, "ravs", "cross-attention") for size in sizes} <= set(PRESETS)
    with torch.device("meta"):
        for method in METHODS:
            assert type(build(RavsConfig.preset(f"{method}-tiny"))) is model_class(method)
    with pytest.raises(
        ModelNotFoundError, match="model_type is 'bert'; the methods here are ravs, class-matching, tpavi"
    ):
        model_class("bert")


def test_row_one_of_the_papers_table_is_ravs_with_plain_cross_attention():
    config, ravs = RavsConfig.preset("cross-attention-tiny"), RavsConfig.preset("ravs-tiny")
    changed = {key for key in config.own_keys() if getattr(config, key) != getattr(ravs, key)}
    assert changed == {"alignment", "contrastive", "uncertainty"}
    assert (config.alignment, config.contrastive, config.uncertainty) == ("cross_attention", False, False)


@of_each
def test_a_key_of_ravss_own_fusion_is_refused(method):
    with pytest.raises(InputError, match=f"num_groups is .9, 6, 4., but {method} has no such part"):
        RavsConfig.preset(f"{method}-debug", num_groups=(9, 6, 4))


@of_each
def test_every_key_that_a_method_never_reads_is_refused(method):
    kept = RavsConfig.preset(f"{method}-debug")
    shared = "classes image_size resize clip_seconds visual_encoder audio_encoder audio_width audio_directions stereo"
    losses = "cross_entropy_weight dice_weight iou_weight tagging_weight sounding_weight loss_classes loss_size"
    read = {*shared.split(), *losses.split(), "loss_weights_sum", "position_encoding", "decoder_width"}
    read |= {"outlines", "names", "silence_below_db"}  # before and after any method
    others = {"sgsm": "none", "all": "mean", "chain": "nearest", "visual": "audio_visual", "plain": "gated"}
    others |= {
        "response": "masks",
        "each": "joint",
        "attention": "none",
        "bound": "minmax",
        "anywhere": "own_place",
        "none": "sgsm",
    }
    others |= {True: False, False: True, None: 8}
    for key in set(RavsConfig.own_keys()) - read:
        value = getattr(kept, key)
        other = (9, 6, 4) if key == "num_groups" else others[value] if value in others else value / 2 or 0.5
        other = int(other) if isinstance(value, int) and not isinstance(value, bool) else other
        with pytest.raises(InputError, match=key):
            RavsConfig.preset(f"{method}-debug", **{key: other})


@pytest.mark.parametrize(
    ("method", "wrong"),
    [
        ("tpavi", {"attention_form": "quick"}),
        ("tpavi", {"loss": "theirs"}),
        ("tpavi", {"auxiliary_weight": -1.0}),
        ("tpavi", {"num_queries": 3}),
        ("avsegformer", {"num_queries": 0}),
        ("avsegformer", {"attention_heads": 3}),
        ("avsegformer", {"dropout": 1.5}),
        ("cavp", {"contrast_pixels": 2.5}),
        ("cavp", {"attention_heads": 5}),
    ],
)
def test_a_wrong_value_of_a_baselines_own_key_is_an_error_at_once(method, wrong):
    with pytest.raises(InputError, match=next(iter(wrong))):
        RavsConfig.preset(f"{method}-debug", **wrong)
