import math

import pytest
import torch
from torch.nn import functional as F

from ravs.errors import ModelNotFoundError
from ravs.modeling.encoders.key_maps import KEY_MAPS
from ravs.modeling.encoders.visual.mit_pvt import MixTransformer, PyramidTransformer
from ravs.modeling.weights import load_strict

WIDTHS, HEADS, REDUCTIONS = (64, 128, 320, 512), (1, 2, 5, 8), (8, 4, 2, 1)
DEPTHS = (1, 2, 1, 1)
CLASSES = {"mit-b5": MixTransformer, "pvt-v2-b5": PyramidTransformer}


def linear(state, key, x):
    return F.linear(x, state[f"{key}.weight"], state.get(f"{key}.bias"))


def norm(state, key, x, eps):
    return F.layer_norm(x, x.shape[-1:], state[f"{key}.weight"], state[f"{key}.bias"], eps)


def grid(tokens, height):
    return tokens.transpose(1, 2).unflatten(2, (height, -1))


def flat(maps):
    return maps.flatten(2).transpose(1, 2)


# The authors' forward, from their key names alone: one architecture, one set of names, one choice of eps


def pyramid_shapes(depths):
    """Names and shapes of the authors' file, head included; a bias has the first size of its weight."""
    weights = {"head": (1000, WIDTHS[-1])}
    for stage, (width, reduction, depth) in enumerate(zip(WIDTHS, REDUCTIONS, depths, strict=True), start=1):
        weights[f"patch_embed{stage}.proj"] = (width, 3, 7, 7) if stage == 1 else (width, WIDTHS[stage - 2], 3, 3)
        weights[f"patch_embed{stage}.norm"] = weights[f"norm{stage}"] = (width,)
        for block in (f"block{stage}.{index}" for index in range(depth)):
            weights[f"{block}.norm1"] = weights[f"{block}.norm2"] = (width,)
            weights[f"{block}.attn.q"] = weights[f"{block}.attn.proj"] = (width, width)
            weights[f"{block}.attn.kv"] = (2 * width, width)
            if reduction > 1:
                weights[f"{block}.attn.sr"] = (width, width, reduction, reduction)
                weights[f"{block}.attn.norm"] = (width,)
            weights[f"{block}.mlp.fc1"] = (4 * width, width)
            weights[f"{block}.mlp.dwconv.dwconv"] = (4 * width, 1, 3, 3)
            weights[f"{block}.mlp.fc2"] = (width, 4 * width)
    return {f"{key}.weight": shape for key, shape in weights.items()} | {
        f"{key}.bias": shape[:1] for key, shape in weights.items()
    }


def pyramid_attention(state, key, x, height, heads, reduction, eps):
    keys = x
    if reduction > 1:
        small = F.conv2d(grid(x, height), state[f"{key}.sr.weight"], state[f"{key}.sr.bias"], reduction)
        keys = norm(state, f"{key}.norm", flat(small), eps)
    q = linear(state, f"{key}.q", x).unflatten(2, (heads, -1)).transpose(1, 2)
    k, v = linear(state, f"{key}.kv", keys).unflatten(2, (2, heads, -1)).permute(2, 0, 3, 1, 4)
    weights = (q @ k.transpose(2, 3) / math.sqrt(q.shape[-1])).softmax(-1)
    return linear(state, f"{key}.proj", (weights @ v).transpose(1, 2).flatten(2))


def pyramid_mlp(state, key, x, height):
    hidden = grid(linear(state, f"{key}.fc1", x), height)
    conv = f"{key}.dwconv.dwconv"
    hidden = F.conv2d(hidden, state[f"{conv}.weight"], state[f"{conv}.bias"], padding=1, groups=hidden.shape[1])
    return linear(state, f"{key}.fc2", F.gelu(flat(hidden)))


def pyramid_maps(state, images, depths, *, eps, inner_eps):
    """`eps` of block and stage norms, `inner_eps` of the norms in patch embedding and reduction."""
    maps, x = [], images
    for stage, (heads, reduction, depth) in enumerate(zip(HEADS, REDUCTIONS, depths, strict=True), start=1):
        key = f"patch_embed{stage}.proj"
        size, stride = (7, 4) if stage == 1 else (3, 2)
        x = F.conv2d(x, state[f"{key}.weight"], state[f"{key}.bias"], stride, size // 2)
        height = x.shape[2]
        x = norm(state, f"patch_embed{stage}.norm", flat(x), inner_eps)
        for block in (f"block{stage}.{index}" for index in range(depth)):
            normed = norm(state, f"{block}.norm1", x, eps)
            x = x + pyramid_attention(state, f"{block}.attn", normed, height, heads, reduction, inner_eps)
            x = x + pyramid_mlp(state, f"{block}.mlp", norm(state, f"{block}.norm2", x, eps), height)
        x = grid(norm(state, f"norm{stage}", x, eps), height)
        maps.append(x)
    return maps


@pytest.fixture(scope="module")
def state(random_state):
    return random_state(pyramid_shapes(DEPTHS))


@pytest.fixture(scope="module", params=CLASSES)
def named_encoder(request, state):
    encoder = CLASSES[request.param](depths=DEPTHS).eval()
    load_strict(encoder, KEY_MAPS[request.param](state), "the authors' file")
    return request.param, encoder


def images(height, width, frames=1):
    return torch.randn(frames, 3, height, width, generator=torch.Generator().manual_seed(1))


@torch.inference_mode()
@pytest.mark.parametrize("size", [(64, 96), (80, 44)])
def test_an_encoder_with_the_authors_weights_gives_the_authors_maps(named_encoder, state, size):
    encoder = named_encoder[1]
    expected = pyramid_maps(state, images(*size, frames=2), DEPTHS, eps=1e-6, inner_eps=1e-5)
    for found, wanted in zip(encoder(images(*size, frames=2)), expected, strict=True):
        torch.testing.assert_close(found, wanted, atol=5e-6, rtol=1e-5)


@torch.inference_mode()
def test_stages_run_singly_equal_the_full_model_of_transformers(named_encoder):
    encoder = named_encoder[1]
    full = encoder.model(images(64, 64), output_hidden_states=True)
    for found, wanted in zip(encoder(images(64, 64)), full.hidden_states, strict=True):
        torch.testing.assert_close(found, wanted)


@torch.inference_mode()
@pytest.mark.parametrize("size", [(1, 1), (31, 33), (50, 7), (65, 127)])
def test_maps_of_any_image_have_its_size_over_the_stride_rounded_up(named_encoder, size):
    encoder = named_encoder[1]
    for maps, channels, stride in zip(encoder(images(*size)), encoder.channels, (4, 8, 16, 32), strict=True):
        assert maps.shape == (1, channels, -(-size[0] // stride), -(-size[1] // stride))
        assert maps.isfinite().all()


@pytest.mark.parametrize("name", CLASSES)
def test_a_missing_a_surplus_and_a_misshapen_tensor_are_named(name, state):
    encoder = CLASSES[name](depths=DEPTHS)
    broken = dict(state)
    del broken["block2.1.attn.q.weight"]
    broken["block9.0.norm1.weight"] = torch.ones(3)
    broken["norm4.bias"] = torch.ones(3)
    before = {key: value.clone() for key, value in encoder.state_dict().items()}
    with pytest.raises(ModelNotFoundError) as caught:
        load_strict(encoder, KEY_MAPS[name](broken), "broken.pth")
    message = str(caught.value)
    assert "missing model." in message and ("q_proj" in message or "query" in message)
    assert "surplus" in message and "(3,), not (512,)" in message and "broken.pth" in message
    assert all(torch.equal(value, before[key]) for key, value in encoder.state_dict().items())


@pytest.mark.parametrize("name", CLASSES)
def test_the_complete_b5_file_maps_onto_the_complete_encoder(name):
    with torch.device("meta"):
        encoder = CLASSES[name]()
        published = {key: torch.empty(shape) for key, shape in pyramid_shapes((3, 6, 40, 3)).items()}
    assert len(published) == 1052 + 2  # and the head
    converted = KEY_MAPS[name](published)
    wanted = encoder.state_dict()
    assert {key: value.shape for key, value in converted.items()} == {key: v.shape for key, v in wanted.items()}
    assert sum(value.numel() for value in wanted.values()) == 81_443_008
