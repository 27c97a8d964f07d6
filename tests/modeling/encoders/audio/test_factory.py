import pytest
import torch
from torch.nn import functional as F

from ravs.errors import InputError
from ravs.modeling.encoders.audio.factory import build_audio_encoder
from ravs.modeling.encoders.audio.front_ends import front_end
from ravs.modeling.encoders.audio.vggish import VGGish
from ravs.modeling.encoders.key_maps import KEY_MAPS
from ravs.modeling.weights import load_strict, state_dict_differences

SHAPES = {
    "features.0": (64, 1, 3, 3),
    "features.3": (128, 64, 3, 3),
    "features.6": (256, 128, 3, 3),
    "features.8": (256, 256, 3, 3),
    "features.11": (512, 256, 3, 3),
    "features.13": (512, 512, 3, 3),
    "embeddings.0": (4096, 12288),
    "embeddings.2": (4096, 4096),
    "embeddings.4": (128, 4096),
}
SIZES = {"width": 16, "directions": 3, "num_classes": 5}


def linear(state, key, x):
    return F.linear(x, state[f"{key}.weight"], state.get(f"{key}.bias"))


def vggish_vector(state, examples):
    x = examples
    for index in (0, 3, 6, 8, 11, 13):
        x = F.conv2d(x, state[f"features.{index}.weight"], state[f"features.{index}.bias"], padding=1).relu()
        if index not in (6, 11):
            x = F.max_pool2d(x, 2)
    x = x.transpose(1, 3).transpose(1, 2).flatten(1)  # 6, 4, 512
    for index in (0, 2, 4):
        x = linear(state, f"embeddings.{index}", x).relu()
    return x


def vggish_shapes():
    """Names and shapes of vggish-10086976.pth."""
    return {f"{key}.weight": shape for key, shape in SHAPES.items()} | {
        f"{key}.bias": shape[:1] for key, shape in SHAPES.items()
    }


@pytest.mark.slow
@torch.inference_mode()
def test_vggish_with_the_public_file_gives_its_vector_or_its_last_map(random_state):
    state = random_state(vggish_shapes())
    examples = torch.randn(2, 1, 96, 64, generator=torch.Generator().manual_seed(1))
    with torch.device("meta"):
        encoder = VGGish()
    encoder.to_empty(device="cpu")
    load_strict(encoder, KEY_MAPS["vggish"](state), "the public file")
    tokens = encoder(examples)
    assert tokens.shape == (2, 1, 128) and (tokens >= 0).all() and (tokens > 0).any()
    torch.testing.assert_close(tokens[:, 0], vggish_vector(state, examples))
    encoder.grid = True
    grid = encoder(examples)
    assert grid.shape == (2, 24, 512)
    torch.testing.assert_close(encoder.embeddings(grid.flatten(1)), tokens[:, 0])  # the same map, channels last


def test_the_public_file_has_the_names_of_our_vggish():
    with torch.device("meta"):
        encoder = VGGish()
        state = {key: torch.empty(shape) for key, shape in vggish_shapes().items()}
    assert state_dict_differences(encoder.state_dict(), state) == []
    assert state_dict_differences(encoder.state_dict(), {**state, "pproc.mean": torch.ones(1)}) == [
        "surplus pproc.mean"
    ]


@pytest.mark.parametrize(
    ("name", "channels"),
    [
        *(("logmel-cnn", 16), ("panorama-cnn", 16), ("vggish", 128), ("vggish-grid", 512), ("htsat", 768)),
        *(("aisfx", 512), ("yamnet", 1024), ("yamnet-panorama", 1569)),
    ],
)
def test_an_audio_encoder_says_its_channels_and_takes_its_front_end(name, channels):
    front = front_end(name)
    features = front(torch.zeros(2, 2, front.sample_rate_hz)).to("meta")
    with torch.device("meta"):
        encoder = build_audio_encoder(name, **SIZES)
        tokens = encoder(features)
    assert encoder.channels == channels == tokens.shape[-1]
    assert tokens.ndim == 3 and tokens.shape[0] == 2


@pytest.mark.parametrize("name", ["vggish", "htsat", "aisfx", "yamnet", "yamnet-panorama"])
def test_a_frozen_encoder_stays_so_inside_a_model_that_trains(name):
    with torch.device("meta"):
        model = torch.nn.ModuleDict({"audio": build_audio_encoder(name, **SIZES), "other": torch.nn.Dropout()})
    model.train()
    assert model["other"].training
    assert not any(module.training for module in model["audio"].modules())
    assert not any(parameter.requires_grad for parameter in model["audio"].parameters())


def test_an_unknown_audio_encoder_is_named_beside_the_known_ones():
    with pytest.raises(InputError, match=r"no audio encoder 'beats'.*logmel-cnn, panorama-cnn"):
        build_audio_encoder("beats", **SIZES)
