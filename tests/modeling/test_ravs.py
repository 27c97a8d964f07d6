"""The complete RavsModel: any size, any length, each ablation."""

import pytest
import torch

from ravs.config import RavsConfig
from ravs.modeling.encoders.visual.efficientnet import lite0
from ravs.modeling.ravs import RavsModel
from support.models import ABLATIONS, clip, tiny


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
    model, both = tiny(seed=1, **changes), clip(clips=2, height=37, width=51)
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


def test_each_alignment_is_built_as_the_configuration_says():
    changes = {"num_groups": (9, 6, 4), "num_neighbors": 3, "alignment_layers": (1, 2, 3)}
    for merge, encoding, remap in (("visual", "none", "plain"), ("audio_visual", "sine", "gated")):
        model = tiny(**changes, merge_tokens=merge, position_encoding=encoding, remap=remap)
        for stage, alignment in enumerate(model.alignments):
            assert alignment.num_groups == (9, 6, 4)[stage] and len(alignment.layers) == (1, 2, 3)[stage]
            assert alignment.num_neighbors == 3
            assert (alignment.merge_tokens, alignment.position_encoding, alignment.remap) == (merge, encoding, remap)


@pytest.mark.parametrize("alignment", ["sgsm", "cross_attention"])
def test_the_own_direction_is_favored_where_audio_tokens_are_directions(alignment):
    shared = {"alignment": alignment, "contrastive": False, "hear_from": "own_place"}
    for changes, reaches in (
        ({}, (1 / 8,)),
        ({"hear_from": "anywhere"}, ()),
        ({"stereo": False}, ()),
        ({"audio_tokens": "mean"}, ()),
        ({"audio_encoder": "logmel-cnn"}, (1 / 8,)),
    ):
        assert [one.reaches for one in tiny(**shared | changes).alignments] == [reaches] * 3
    assert RavsConfig.preset("ravs-debug", audio_encoder="vggish", **shared).effective_hear_from == "anywhere"


def test_a_model_just_made_is_in_evaluation_and_gives_the_same_twice():
    model = RavsModel(RavsConfig.preset("ravs-debug"))
    norms = [module for module in model.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    assert norms and not any(norm.training for norm in norms)
    inputs = clip(seconds=1, height=32, width=32)
    assert torch.equal(model(**inputs).logits, model(**inputs).logits)
    assert not any(norm.running_mean.any() for norm in norms)
    assert not any(norm.training for norm in lite0().modules() if isinstance(norm, torch.nn.BatchNorm2d))


def with_two_audios(seed=5):
    """The same frames with two different audio features."""
    inputs = clip()
    return inputs, inputs | {"audio_features": clip(seed=seed)["audio_features"]}


def test_none_is_the_model_without_audio_whose_output_does_not_depend_on_it():
    model = tiny(alignment="none", contrastive=False)
    first, second = (model(**inputs).adjusted_logits for inputs in with_two_audios())
    assert torch.equal(first, second)


@pytest.mark.parametrize("changes", [{"alignment": "cross_attention", "contrastive": False}, {}, ABLATIONS[6]])
def test_the_output_of_all_others_depends_on_the_audio(changes):
    model = tiny(**changes)
    first, second = (model(**inputs).adjusted_logits for inputs in with_two_audios())
    assert not torch.allclose(first, second, rtol=0, atol=1e-6)


def test_without_stereo_left_against_right_changes_nothing():
    inputs = clip()
    swapped = dict(inputs, audio_features=inputs["audio_features"] * torch.tensor([1.0, -1.0])[:, None, None])
    for stereo in (True, False):
        model = tiny(stereo=stereo)
        assert torch.equal(model(**inputs).logits, model(**swapped).logits) != stereo


def test_the_mean_of_the_audio_tokens_can_be_the_only_audio_token():
    model, inputs = tiny(audio_tokens="mean"), clip()
    received = []
    for alignment in model.alignments:
        alignment.register_forward_hook(lambda _module, given, _out: received.append(given[1]))
    model(**inputs)
    tokens = model.audio_encoder(inputs["audio_features"].flatten(0, 1))
    assert tokens.shape[1] == 3
    assert all(torch.equal(one, tokens.mean(dim=1, keepdim=True)) for one in received)


def test_the_ground_truth_filter_mutes_what_the_ground_truth_calls_silent_in_training_alone():
    model = tiny(alignment="gt_filter", contrastive=False)
    silent, loud = torch.zeros(1, 2, 64, 64, dtype=torch.long), torch.ones(1, 2, 64, 64, dtype=torch.long)
    unknown = torch.full((1, 2, 64, 64), 255)
    for layer in model.alignments:
        torch.nn.init.zeros_(layer.project_out.bias)

    def depends_on_audio(masks):
        return not torch.equal(*(model(**inputs, masks=masks).logits for inputs in with_two_audios()))

    assert depends_on_audio(silent)  # in evaluation nothing is filtered
    for part in (model.train(), model.visual_encoder, model.audio_encoder):
        part.train(part is model)
    assert not depends_on_audio(silent)
    assert depends_on_audio(loud)
    assert depends_on_audio(unknown)


def test_each_second_depends_on_its_own_audio_and_no_other():
    model, inputs = tiny(), clip(seconds=3)
    changed = inputs["audio_features"].clone()
    changed[:, 1] += 1

    def maps(features):
        return model.encode(inputs["pixel_values"][0], model.audio_encoder(features[0]), None)[0][3]

    differs = (maps(changed) != maps(inputs["audio_features"])).flatten(1).any(dim=1)
    assert differs.tolist() == [False, True, False]
