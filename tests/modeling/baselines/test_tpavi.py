"""TPAVI against its description, read aloud."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from ravs.modeling.baselines.tpavi import DilatedHead, ResidualUnit, mapping_loss
from ravs.modeling.baselines.tpavi_attention import TemporalPixelwiseInteraction, attend_exact, attend_published


def draws(*shapes):
    generator = torch.Generator().manual_seed(3)
    return [torch.randn(shape, generator=generator) for shape in shapes]


def attended_by_hand(theta, phi, g, seconds):
    """One position of one second after another: the sum over every position of every valid second."""
    out = torch.zeros_like(theta)
    clips, total, positions, _ = theta.shape
    for clip in range(clips):
        count = seconds[clip] * positions
        for second in range(total):
            for position in range(positions):
                for other in range(seconds[clip]):
                    for there in range(positions):
                        score = theta[clip, second, position] @ phi[clip, other]
                        out[clip, second, position] += score * g[clip, other, there] / count
    return out


@pytest.mark.parametrize("attend", [attend_published, attend_exact])
def test_attention_is_the_mean_over_all_positions_of_all_valid_seconds(attend):
    theta, phi, g = draws((2, 3, 5, 7), (2, 3, 7), (2, 3, 5, 7))
    share = torch.tensor([[1 / 3, 1 / 3, 1 / 3], [1 / 2, 1 / 2, 0]])
    torch.testing.assert_close(attend(theta, phi, g, share), attended_by_hand(theta, phi, g, (3, 2)))


def test_both_forms_give_the_same_prediction_loss_and_gradient(debug, clip, masks):
    found = []
    for form in ("exact", "published"):
        model = debug("tpavi", attention_form=form)
        out = model(**clip(clips=2, height=37, width=51), masks=masks(clips=2, height=37, width=51))
        out.loss.backward()
        found.append((out.logits, out.loss, *(weight.grad for weight in model.interactions.parameters())))
    for exact, published in zip(*found, strict=True):
        torch.testing.assert_close(exact, published, rtol=1e-4, atol=1e-6)


def test_the_interaction_is_a_residual_under_a_norm_of_the_channels_and_starts_as_the_map():
    interaction = TemporalPixelwiseInteraction(width=6, audio_channels=4, form="exact").eval()
    maps, audio = draws((4, 6, 3, 5), (4, 4))
    share = torch.full((2, 2), 0.5)
    changed, projected = interaction(maps, audio, share)
    by_place = F.layer_norm(maps.permute(0, 2, 3, 1), (6,)).permute(0, 3, 1, 2)
    torch.testing.assert_close(changed, by_place)
    torch.testing.assert_close(projected, audio @ interaction.align.weight.T + interaction.align.bias)
    nn.init.ones_(interaction.output_norm.weight)
    assert not torch.allclose(interaction(maps, audio, share)[0], by_place, atol=1e-3)


def test_the_head_is_the_sum_of_four_dilated_convolutions():
    head = DilatedHead(3, 5)
    (maps,) = draws((2, 3, 8, 9))
    expected = sum(
        F.conv2d(maps, conv.weight, conv.bias, padding=dilation, dilation=dilation)
        for conv, dilation in zip(head.convs, (3, 6, 12, 18), strict=True)
    )
    torch.testing.assert_close(head(maps), expected)


def test_the_skip_of_a_residual_unit_is_rectified():
    unit = ResidualUnit(4)
    for weight in unit.parameters():
        nn.init.zeros_(weight)
    (maps,) = draws((2, 4, 3, 5))
    assert torch.equal(unit(maps), maps.clamp(min=0))


def test_the_mapping_loss_is_the_divergence_of_the_audio_from_the_foreground():
    maps, projected = draws((2, 5, 3, 4), (2, 5))
    foreground = torch.zeros(2, 1, 3, 4)
    foreground[:, :, 1, 1:3] = 1
    for frame, found in enumerate(mapping_loss(maps, projected, foreground)):
        seen = maps[frame].clamp(min=0)[:, 1, 1:3].sum(dim=1) / 12
        of_audio, of_map = projected[frame].softmax(0), seen.softmax(0)
        torch.testing.assert_close(found, sum(p * (p.log() - q.log()) for p, q in zip(of_audio, of_map, strict=True)))


def test_the_foreground_is_soft_in_binary_sets_and_summed_over_the_frames_by_the_published_loss(debug, clip, masks):
    inputs, truth = clip(clips=2), masks(clips=2, classes=2)
    shared, own = (
        debug("tpavi", classes=("sounding",), loss=loss)(**inputs, masks=truth) for loss in ("shared", "own")
    )
    torch.testing.assert_close(own.auxiliary_loss, 4 * shared.auxiliary_loss)
    model = debug("tpavi", classes=("sounding",))
    maps = model.visual_encoder(inputs["pixel_values"].flatten(0, 1))
    audio = model.join_audio_tokens(model.audio_encoder(inputs["audio_features"].flatten(0, 1)))
    share = torch.full((2, 2), 0.5)
    logits = shared.logits.flatten(0, 1)
    expected = []
    for stage, head, interaction in zip(maps, model.heads, model.interactions, strict=True):
        changed, projected = interaction(model.add_positions(head(stage)), audio, share)
        difference = F.adaptive_avg_pool2d(logits[:, 1:] - logits[:, :1], changed.shape[-2:])
        expected.append(mapping_loss(changed, projected, difference.sigmoid()).mean())
    torch.testing.assert_close(shared.auxiliary_loss, torch.stack(expected).mean())


def test_the_foreground_is_hard_in_semantic_sets(debug, clip, masks):
    model = debug("tpavi")
    with torch.no_grad():
        model.decoder.classify.bias.copy_(torch.tensor([99.0, 0.0, 0.0]))  # no foreground: v is flat
    out = model(**clip(), masks=masks())
    audio = model.join_audio_tokens(model.audio_encoder(clip()["audio_features"][0]))
    projected = [interaction.align(audio).softmax(dim=1) for interaction in model.interactions]
    expected = torch.stack([(one * (one * 16).log()).sum(dim=1).mean() for one in projected]).mean()
    torch.testing.assert_close(out.auxiliary_loss, expected)
