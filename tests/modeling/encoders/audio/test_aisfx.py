"""aiSFX against its layers one by one, and against what the package aisfx 0.1.2 gives for a sound."""

from itertools import pairwise

import pytest
import torch
from torch import nn

from ravs.errors import ModelNotFoundError
from ravs.modeling.encoders.audio.aisfx import AiSFX
from ravs.modeling.encoders.audio.front_ends import front_end
from ravs.modeling.encoders.key_maps import KEY_MAPS
from ravs.modeling.encoders.pretrained import load_encoder, pretrained_encoder_weights
from ravs.modeling.weights import load_strict
from support.aisfx import WIDTHS, published_shapes, sound

# Made once by the package's own code on its own float32 weights: spectrogram_essentia.compute_spectrogram (Essentia
# 2.1b6.dev1389) of `sound()` as a WAV file of floats, spectrogram_normalize, its rows 1 to 42 (0, 43 and 44 reach
# over the ends), load_bestModel(...).get_embedding.
PUBLISHED_LOG_MEL = {(0, 0): 0.419412, (0, 10): 0.819155, (20, 40): 0.470615, (41, 95): 0.467549}
PUBLISHED_LOG_MEL_MEAN = 0.459879
PUBLISHED_VECTOR = {
    **{0: 1.47565, 1: 1.40807, 2: 0.767, 100: 0.3565, 200: 1.92917, 300: 1.28281, 400: 0.6121, 511: 2.39662},
    **{277: 5.21851, 295: 5.10211, 423: 4.82741, 140: 4.55247},  # the largest
}
PUBLISHED_LENGTH, PUBLISHED_MEAN = 34.71844, 1.241579
STORED_IN_HALF = 0.012  # largest difference of a value that float16 kernels make


@pytest.fixture(scope="module")
def features():
    return front_end("aisfx")(torch.from_numpy(sound()).reshape(1, 1, -1))


@pytest.fixture(scope="module")
def state(random_state):
    return random_state(published_shapes())


def published_network(state):
    """The original layers in order, as plain modules of torch."""
    layers = []
    for block, (inputs, outputs) in enumerate(pairwise(WIDTHS), start=1):
        for layer, channels in ((1, inputs), (2, outputs)):
            convolution, norm = nn.Conv2d(channels, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs)
            for module, name in ((convolution, "conv"), (norm, "bn")):
                prefix = f"embedding_net.conv_block{block}.{name}{layer}."
                own = {key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)}
                module.load_state_dict(own)
            layers += [convolution, norm, nn.ReLU()]
        layers.append(nn.MaxPool2d(2 if block < 4 else 1))
    return nn.Sequential(*layers).eval()


@torch.inference_mode()
def test_with_the_authors_tensors_it_gives_the_vector_of_their_layers(state):
    encoder = AiSFX()
    load_strict(encoder, KEY_MAPS["aisfx"](state), "the authors' file")
    log_mel = torch.rand(3, 1, 42, 96, generator=torch.Generator().manual_seed(1))
    expected = published_network(state)(log_mel).mean(dim=3).max(dim=2).values
    found = encoder(log_mel)
    assert found.shape == (3, 1, 512) and expected.std() > 0.1
    torch.testing.assert_close(found[:, 0], expected, atol=1e-5, rtol=1e-4)


def test_the_front_end_gives_the_log_mel_of_the_package(features):
    found = {place: features[0, 0][place].item() for place in PUBLISHED_LOG_MEL}
    assert found == pytest.approx(PUBLISHED_LOG_MEL, abs=3e-6)
    assert features.mean().item() == pytest.approx(PUBLISHED_LOG_MEL_MEAN, abs=3e-6)


@torch.inference_mode()
def test_with_the_weights_of_this_package_a_sound_has_the_vector_of_the_authors(features):
    encoder = AiSFX()
    load_encoder(encoder, "aisfx")
    vector = encoder(features)[0, 0]
    assert {index: vector[index].item() for index in PUBLISHED_VECTOR} == pytest.approx(
        PUBLISHED_VECTOR, abs=STORED_IN_HALF
    )
    assert vector.norm().item() == pytest.approx(PUBLISHED_LENGTH, rel=1e-3)
    assert vector.mean().item() == pytest.approx(PUBLISHED_MEAN, rel=1e-3)


def test_the_weights_of_this_package_are_used_in_float32():
    floating = {value.dtype for value in pretrained_encoder_weights("aisfx").values() if value.is_floating_point()}
    assert floating == {torch.float32}


@torch.inference_mode()
def test_a_second_has_the_same_vector_alone_among_others_and_after_train(features):
    encoder = AiSFX(width=8)
    alone = encoder(features)
    encoder.train()
    others = torch.rand(4, 1, 42, 96, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(encoder(torch.cat([others, features]))[4:], alone)
    assert not any(parameter.requires_grad for parameter in encoder.parameters())


def test_cached_tokens_pass_through():
    tokens = torch.rand(2, 1, 64)
    assert AiSFX(width=8)(tokens) is tokens


def test_a_missing_tensor_is_named(state):
    broken = {key: value for key, value in state.items() if key != "embedding_net.conv_block3.bn2.bias"}
    with torch.device("meta"), pytest.raises(ModelNotFoundError, match=r"missing blocks\.2\.norm2\.bias"):
        load_strict(AiSFX(), KEY_MAPS["aisfx"](broken), "broken.pth")
