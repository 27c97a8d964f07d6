import math

import pytest
import torch
from torch.nn import functional as F

from ravs.errors import ModelNotFoundError
from ravs.modeling.encoders.audio.htsat import HTSAT
from ravs.modeling.encoders.key_maps import KEY_MAPS
from ravs.modeling.weights import load_strict


def linear(state, key, x):
    return F.linear(x, state[f"{key}.weight"], state.get(f"{key}.bias"))


def norm(state, key, x, eps):
    return F.layer_norm(x, x.shape[-1:], state[f"{key}.weight"], state[f"{key}.bias"], eps)


def flat(maps):
    return maps.flatten(2).transpose(1, 2)


# HTS-AT's forward, from the key names of its file alone


def window_attention(state, key, windows, heads, mask):
    """Windows of 8 by 8 tokens: windows, 64, channels."""
    q, k, v = linear(state, f"{key}.qkv", windows).unflatten(2, (3, heads, -1)).permute(2, 0, 3, 1, 4)
    scores = q @ k.transpose(2, 3) / math.sqrt(q.shape[-1])
    index = state[f"{key}.relative_position_index"].flatten()
    bias = state[f"{key}.relative_position_bias_table"][index].unflatten(0, (64, 64)).permute(2, 0, 1)
    scores = scores + bias
    if mask is not None:
        scores = (scores.unflatten(0, (-1, len(mask))) + mask[None, :, None]).flatten(0, 1)
    return linear(state, f"{key}.proj", (scores.softmax(-1) @ v).transpose(1, 2).flatten(2))


def into_windows(x, side):
    x = x.unflatten(1, (side // 8, 8)).unflatten(3, (side // 8, 8))  # batch, rows, 8, columns, 8, channels
    return x.transpose(2, 3).reshape(-1, 64, x.shape[-1])


def out_of_windows(windows, side):
    x = windows.reshape(-1, side // 8, side // 8, 8, 8, windows.shape[-1]).transpose(2, 3)
    return x.reshape(-1, side, side, windows.shape[-1])


def shift_mask(side):
    """Tokens that the cyclic shift brought together from two ends of the image do not attend to each other."""
    part = torch.zeros(side, dtype=torch.long)
    part[-8:-4], part[-4:] = 1, 2
    region = into_windows((part[:, None] * 3 + part[None, :])[None, :, :, None].float(), side)[:, :, 0]
    return torch.where(region[:, :, None] == region[:, None, :], 0.0, -100.0)


def htsat_block(state, key, x, side, heads, shift):
    tokens = norm(state, f"{key}.norm1", x, 1e-5).unflatten(1, (side, side))
    windows = into_windows(tokens.roll((-shift, -shift), (1, 2)), side)
    mask = shift_mask(side) if shift else None
    seen = out_of_windows(window_attention(state, f"{key}.attn", windows, heads, mask), side)
    x = x + seen.roll((shift, shift), (1, 2)).flatten(1, 2)
    hidden = F.gelu(linear(state, f"{key}.mlp.fc1", norm(state, f"{key}.norm2", x, 1e-5)))
    return x + linear(state, f"{key}.mlp.fc2", hidden)


def htsat_downsample(state, key, x, side):
    x = x.unflatten(1, (side, side))
    joined = torch.cat([x[:, row::2, column::2] for column in (0, 1) for row in (0, 1)], dim=-1).flatten(1, 2)
    return linear(state, f"{key}.reduction", norm(state, f"{key}.norm", joined, 1e-5))


def htsat_vector(prefixed, log_mel):
    """Shapes: frames, 1, time, 64 to frames, 768. Keys as in the authors' file, with the prefix `sed_model.`."""
    state = {key.removeprefix("sed_model."): value for key, value in prefixed.items()}
    mean, var = state["bn0.running_mean"], state["bn0.running_var"]
    x = (log_mel - mean) / (var + 1e-5).sqrt() * state["bn0.weight"] + state["bn0.bias"]
    x = F.interpolate(x, (1024, 64), mode="bicubic", align_corners=True)
    x = torch.cat([part.transpose(2, 3) for part in x.split(256, dim=2)], dim=2)  # four chunks over each other
    x = F.conv2d(x, state["patch_embed.proj.weight"], state["patch_embed.proj.bias"], 4)
    x = norm(state, "patch_embed.norm", flat(x), 1e-5)
    side = 64
    for stage, (depth, heads) in enumerate(zip((2, 2, 6, 2), (4, 8, 16, 32), strict=True)):
        for block in range(depth):
            shift = 4 if block % 2 and side > 8 else 0
            x = htsat_block(state, f"layers.{stage}.blocks.{block}", x, side, heads, shift)
        if stage < 3:
            x = htsat_downsample(state, f"layers.{stage}.downsample", x, side)
            side //= 2
    return norm(state, "norm", x, 1e-5).mean(dim=1)


def htsat_shapes():
    """Names (after the prefix) and shapes of the authors' file, with some that are dropped."""
    weights = {"bn0": (64,), "patch_embed.proj": (96, 1, 4, 4), "patch_embed.norm": (96,), "norm": (768,)}
    others = {"bn0.running_mean": (64,), "bn0.running_var": (64,), "bn0.num_batches_tracked": ()}
    for stage, (depth, heads) in enumerate(zip((2, 2, 6, 2), (4, 8, 16, 32), strict=True)):
        width = 96 * 2**stage
        for block in (f"layers.{stage}.blocks.{index}" for index in range(depth)):
            weights[f"{block}.norm1"] = weights[f"{block}.norm2"] = (width,)
            weights[f"{block}.attn.qkv"] = (3 * width, width)
            weights[f"{block}.attn.proj"] = (width, width)
            weights[f"{block}.mlp.fc1"] = (4 * width, width)
            weights[f"{block}.mlp.fc2"] = (width, 4 * width)
            others[f"{block}.attn.relative_position_bias_table"] = (225, heads)
            others[f"{block}.attn_mask"] = (4, 64, 64)
        if stage < 3:
            weights[f"layers.{stage}.downsample.norm"] = (4 * width,)
            others[f"layers.{stage}.downsample.reduction.weight"] = (2 * width, 4 * width)
    weights |= {"tscam_conv": (527, 768, 2, 3), "head": (527, 527)}
    others |= {"logmel_extractor.melW": (513, 64), "spectrogram_extractor.stft.conv_real.weight": (513, 1, 1024)}
    biases = {f"{key}.bias": shape[:1] for key, shape in weights.items()}
    return others | {f"{key}.weight": shape for key, shape in weights.items()} | biases


def position_index():
    """Row of the bias table of two positions in a window of 8 by 8: 15 times the distance down, and that across."""
    positions = [(row, column) for row in range(8) for column in range(8)]
    return torch.tensor([[15 * (a - c + 7) + (b - d + 7) for c, d in positions] for a, b in positions])


@pytest.fixture(scope="module")
def state(random_state):
    state = random_state({f"sed_model.{key}": shape for key, shape in htsat_shapes().items()})
    positions = position_index()
    for key in [key for key in state if key.endswith("attn.qkv.weight")]:
        state[key.replace("qkv.weight", "relative_position_index")] = positions
    return state


@pytest.fixture(scope="module")
def encoder(state):
    encoder = HTSAT()
    load_strict(encoder, KEY_MAPS["htsat"](state), "the authors' file")
    return encoder


@torch.inference_mode()
@pytest.mark.slow
def test_htsat_with_the_authors_weights_gives_the_authors_vector(encoder, state):
    log_mel = torch.randn(2, 1, 101, 64, generator=torch.Generator().manual_seed(1))
    found = encoder(log_mel)
    assert found.shape == (2, 1, 768)
    torch.testing.assert_close(found[:, 0], htsat_vector(state, log_mel), atol=1e-4, rtol=1e-4)


@torch.inference_mode()
def test_htsat_gives_the_same_after_train(encoder):
    log_mel = torch.randn(1, 1, 101, 64, generator=torch.Generator().manual_seed(1))
    before = encoder(log_mel)
    encoder.train()
    assert not any(module.training for module in encoder.modules())
    assert torch.equal(encoder(log_mel), before)
    assert not any(parameter.requires_grad for parameter in encoder.parameters())


def test_a_missing_tensor_of_htsat_is_named(state):
    broken = {key: value for key, value in state.items() if key != "sed_model.layers.2.blocks.5.attn.qkv.bias"}
    with torch.device("meta"), pytest.raises(ModelNotFoundError, match=r"missing .*layers\.2\.blocks\.5.*query\.bias"):
        load_strict(HTSAT(), KEY_MAPS["htsat"](broken), "broken.ckpt")
