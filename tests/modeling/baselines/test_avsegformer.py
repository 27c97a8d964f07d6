"""AVSegFormer against its description."""

import pytest
import torch
from torch.nn import functional as F

from ravs.modeling.baselines.avsegformer import ChannelMixer, QueryMaskHead, squared_dice
from ravs.modeling.baselines.avsegformer_queries import QueryGenerator
from ravs.modeling.baselines.deformable_attention import DeformableEncoder, position_centers


def draws(*shapes):
    generator = torch.Generator().manual_seed(3)
    return [torch.randn(shape, generator=generator) for shape in shapes]


def encoder(**changes):
    sizes = {"width": 8, "num_heads": 4, "num_points": 3, "num_layers": 1, "feed_forward": 12, "dropout": 0.0}
    return DeformableEncoder(**{**sizes, **changes}).eval()


def test_positions_are_given_by_their_centers_x_before_y():
    expected = [(1 / 6, 0.25), (0.5, 0.25), (5 / 6, 0.25), (1 / 6, 0.75), (0.5, 0.75), (5 / 6, 0.75)]
    torch.testing.assert_close(position_centers(2, 3, torch.zeros(1)), torch.tensor(expected))


def test_each_head_starts_to_sample_in_its_own_direction_one_step_a_point_further():
    attention = encoder().layers[0].self_attn
    offsets = attention.sampling_offsets.bias.unflatten(0, (4, 3, 3, 2))  # heads, levels, points, x and y
    right_down_left_up = torch.tensor([[1.0, 0], [0, 1], [-1, 0], [0, -1]])
    for level in range(3):
        for point in range(3):
            torch.testing.assert_close(offsets[:, level, point], (point + 1) * right_down_left_up, atol=1e-6, rtol=0)
    assert not attention.sampling_offsets.weight.any() and not attention.attention_weights.weight.any()


def looked_up(values, x, y):
    """Bilinear value at a point given as shares of the image; zero outside."""
    height, width = values.shape[-2:]
    column, row, total = x * width - 0.5, y * height - 0.5, 0
    for i in (int(row // 1), int(row // 1) + 1):
        for j in (int(column // 1), int(column // 1) + 1):
            if 0 <= i < height and 0 <= j < width:
                total = total + (1 - abs(row - i)) * (1 - abs(column - j)) * values[:, i, j]
    return total


def test_a_position_gets_the_mean_of_its_points_on_all_three_maps():
    model = encoder()
    layer, attention = model.layers[0], model.layers[0].self_attn
    maps = draws((1, 8, 4, 6), (1, 8, 2, 3), (1, 8, 1, 2))
    values = [
        F.conv2d(one, attention.value_proj.weight[:, :, None, None], attention.value_proj.bias)[0] for one in maps
    ]
    steps = [(1, 0), (0, 1), (-1, 0), (0, -1)]
    row, column = 1, 3  # of the finest map
    heads = []
    for head, (right, down) in enumerate(steps):
        points = [
            looked_up(
                level[2 * head : 2 * head + 2],
                (column + 0.5) / 6 + point * right / level.shape[2],
                (row + 0.5) / 4 + point * down / level.shape[1],
            )
            for level in values
            for point in (1, 2, 3)
        ]
        heads.append(sum(points) / 9)
    attended = attention.output_proj(torch.cat(heads))
    token = layer.self_attn_layer_norm(maps[0][0, :, row, column] + attended)
    expected = layer.final_layer_norm(token + layer.mlp.fc2(F.gelu(layer.mlp.fc1(token))))
    torch.testing.assert_close(model(maps)[0][0, :, row, column], expected, rtol=1e-4, atol=1e-5)


def test_maps_come_back_in_their_own_shapes():
    maps = draws((2, 8, 4, 6), (2, 8, 2, 3), (2, 8, 1, 2))
    assert [one.shape for one in encoder(num_layers=2)(maps)] == [one.shape for one in maps]


def test_with_one_key_the_audio_adds_the_same_to_every_query():
    generator = QueryGenerator(num_queries=5, width=8, num_heads=2, num_layers=1, feed_forward=12, dropout=0.0).eval()
    layer = generator.layers[0]
    queries, audio = draws((2, 5, 8), (2, 1, 8))
    attended, _ = layer.cross_attention(queries, audio, audio)
    value = audio @ layer.cross_attention.in_proj_weight[16:].T @ layer.cross_attention.out_proj.weight.T
    torch.testing.assert_close(attended, value.expand(-1, 5, -1))


def test_the_mixer_gates_entire_channels_by_what_the_audio_attends_to():
    mixer = ChannelMixer(width=8, num_heads=2).eval()
    feature, audio = draws((2, 8, 3, 5), (2, 8))
    ratio = mixer(feature, audio) / feature
    tokens = feature.flatten(2).transpose(1, 2)
    gate = mixer.gate(mixer.attention(audio[:, None], tokens, tokens)[0][:, 0]).sigmoid()
    torch.testing.assert_close(ratio, gate[:, :, None, None].expand_as(feature))


def test_the_output_mixes_the_maps_of_the_queries_and_adds_the_feature():
    head = QueryMaskHead(num_queries=5, width=8, hidden=12, num_classes=3)
    queries, feature = draws((2, 5, 8), (2, 8, 3, 4))
    maps = torch.stack([(feature * queries[:, i, :, None, None]).sum(dim=1) for i in range(5)], dim=1)
    mixed = F.interpolate(head.narrow(head.mix(maps) + feature), (12, 16), mode="bilinear")
    torch.testing.assert_close(head(queries, feature, (12, 16)), head.classify(head.narrower(mixed).relu()))
    assert head.classify.bias is None


def test_squared_dice_by_hand():
    probability = torch.tensor([[[0.5, 1.0, 0.2]], [[0.3, 0.3, 0.3]], [[0.9, 0.9, 0.9]]])
    masks = torch.tensor([[[4, 2, 255]], [[0, 0, 0]], [[255, 255, 255]]])
    expected = ((1 - 2 * 1.5 / (1.25 + 2 + 0.002)) + 1) / 2  # the last frame has no label
    assert squared_dice(probability, masks).item() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("loss", ["shared", "own"])
def test_binary_sets_are_trained_by_dice_where_the_loss_is_the_published_one(debug, clip, masks, loss):
    model, truth = debug("avsegformer", classes=("sounding",), loss=loss), masks(classes=2)
    out = model(**clip(), masks=truth)
    dice = squared_dice(out.logits.softmax(dim=2)[0, :, 1], truth[0])
    assert torch.isclose(out.segmentation_loss, dice) == (loss == "own")


def test_the_auxiliary_loss_compares_the_mean_mask_feature_with_all_sounding_pixels(debug, clip, masks):
    model, kept = debug("avsegformer"), []
    model.mixer.register_forward_hook(lambda *given: kept.append(given[-1]))
    out = model(**clip(), masks=masks())
    mean = F.interpolate(kept[0].mean(dim=1, keepdim=True), (64, 64), mode="bilinear")[:, 0]
    torch.testing.assert_close(out.auxiliary_loss, squared_dice(mean.sigmoid(), masks()[0]))
