import math

import pytest
import torch
from torch.nn import functional as F

from ravs.errors import ModelNotFoundError
from ravs.modeling.encoders.key_maps import efficientnet_by_order
from ravs.modeling.encoders.visual.efficientnet import lite0
from ravs.modeling.weights import load_strict

LITE0_BLOCKS = (  # expansion, stride, kernel of each block
    [(1, 1, 3)] + [(6, 2, 3), (6, 1, 3)] + [(6, 2, 5), (6, 1, 5)] + [(6, 2, 3), (6, 1, 3), (6, 1, 3)]
    + [(6, 1, 5)] * 3 + [(6, 2, 5)] + [(6, 1, 5)] * 3 + [(6, 1, 3)]
)  # fmt: skip


def same_conv(x, weight, stride=1, groups=1):
    """TensorFlow's padding SAME."""
    pads = []
    for size, kernel in zip(x.shape[:1:-1], weight.shape[:1:-1], strict=True):
        total = max((math.ceil(size / stride) - 1) * stride + kernel - size, 0)
        pads += [total // 2, total - total // 2]
    return F.conv2d(F.pad(x, pads), weight, None, stride, 0, 1, groups)


def batch_norm(state, key, x):
    parts = (state[f"{key}.{part}"] for part in ("running_mean", "running_var", "weight", "bias"))
    return F.batch_norm(x, *parts, False, 0.0, 1e-3)


def lite0_maps(state, images):
    """Maps after blocks 2, 4, 10 and 15, the last ones at strides 4, 8, 16 and 32."""
    x = F.relu6(batch_norm(state, "_bn0", same_conv(images, state["_conv_stem.weight"], 2)))
    maps = []
    for index, (expansion, stride, _) in enumerate(LITE0_BLOCKS):
        key, skip = f"_blocks.{index}", x
        if expansion > 1:
            x = F.relu6(batch_norm(state, f"{key}._bn0", same_conv(x, state[f"{key}._expand_conv.weight"])))
        weight = state[f"{key}._depthwise_conv.weight"]
        x = F.relu6(batch_norm(state, f"{key}._bn1", same_conv(x, weight, stride, x.shape[1])))
        x = batch_norm(state, f"{key}._bn2", same_conv(x, state[f"{key}._project_conv.weight"]))
        if stride == 1 and x.shape == skip.shape:
            x = x + skip
        if index in (2, 4, 10, 15):
            maps.append(x)
    return maps


def lite0_shapes():
    """Names and shapes of the package's file in its order, classifier included."""
    widths = [32, 16, 24, 24, 40, 40, 80, 80, 80, 112, 112, 112, 192, 192, 192, 192, 320]
    layers = [("_conv_stem", "_bn0", (32, 3, 3, 3))]
    for index, (expansion, _, kernel) in enumerate(LITE0_BLOCKS):
        key, inputs, outputs = f"_blocks.{index}.", widths[index], widths[index + 1]
        hidden = expansion * inputs
        if expansion > 1:
            layers.append((f"{key}_expand_conv", f"{key}_bn0", (hidden, inputs, 1, 1)))
        layers.append((f"{key}_depthwise_conv", f"{key}_bn1", (hidden, 1, kernel, kernel)))
        layers.append((f"{key}_project_conv", f"{key}_bn2", (outputs, hidden, 1, 1)))
    layers.append(("_conv_head", "_bn1", (1280, 320, 1, 1)))
    shapes = {}
    for conv, norm, shape in layers:
        shapes[f"{conv}.weight"] = shape
        shapes |= {f"{norm}.{part}": shape[:1] for part in ("weight", "bias", "running_mean", "running_var")}
        shapes[f"{norm}.num_batches_tracked"] = ()
    return shapes | {"_fc.weight": (1000, 1280), "_fc.bias": (1000,)}


@pytest.fixture(scope="module")
def state(random_state):
    return random_state(lite0_shapes())


@torch.inference_mode()
@pytest.mark.parametrize("size", [(64, 64), (45, 70)])
def test_lite0_with_the_packages_weights_gives_the_packages_maps(state, size):
    encoder = lite0().eval()
    load_strict(encoder, efficientnet_by_order(state), "the package")
    images = torch.randn(2, 3, *size, generator=torch.Generator().manual_seed(1))
    for found, wanted in zip(encoder(images), lite0_maps(state, images), strict=True):
        torch.testing.assert_close(found, wanted, atol=1e-4, rtol=1e-4)


def test_a_file_of_another_efficientnet_is_refused_at_the_first_tensor_that_differs(state):
    wider = {**state, "_blocks.3._expand_conv.weight": torch.ones(160, 24, 1, 1)}
    with pytest.raises(
        ModelNotFoundError, match=r"_blocks\.3\._expand_conv\.weight has shape \(160, 24, 1, 1\), not \(144"
    ):
        efficientnet_by_order(wider)


def test_a_file_with_a_tensor_too_few_is_refused(state):
    short = {key: value for key, value in state.items() if key != "_blocks.15._bn2.bias"}
    with pytest.raises(ModelNotFoundError, match=r"is missing stages\.3\.4\.project\.norm\.running_var"):
        efficientnet_by_order(short)
