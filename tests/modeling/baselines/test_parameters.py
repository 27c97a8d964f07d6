"""Counts of parameters against the published ones, with the convention of each and every difference by name.

Counted without allocating. Published figures are those that the authors' own modules give, as docs/baselines.md
lists them; binary sets have one output there, and two classes, silent and sounding, here.
"""

import pytest
import torch

from ravs.config import RavsConfig
from ravs.modeling.baselines.cavp import CAVP, DeepLabPyramid
from ravs.modeling.registry import build

PVT = 81_443_008  # PVT-v2-B5 without its classifier
VGGISH = 72_141_184  # frozen
FEED_FORWARD = 256 * 2048 + 2048 + 2048 * 256 + 256


def counted(preset, **changes):
    """Parameters of each part, the encoders by their own names."""
    with torch.device("meta"):
        model = build(RavsConfig.preset(preset, **changes))
    return {name: sum(weight.numel() for weight in part.parameters()) for name, part in model.named_children()} | {
        "loose": sum(weight.numel() for weight in model._parameters.values() if weight is not None)
    }


@pytest.mark.parametrize("method", ["tpavi", "avsegformer", "cavp"])
def test_the_encoders_are_the_published_ones(method):
    found = counted(f"{method}-pvt-v2-b5-vggish")
    assert (found["visual_encoder"], found["audio_encoder"]) == (PVT, VGGISH)


def test_tpavi_with_pvt_v2_b5_without_vggish_in_a_binary_set():
    found = counted("tpavi-pvt-v2-b5-vggish", classes=("sounding",))
    assert found["interactions"] == 4 * 165_760  # 0.166 M each
    ours = sum(found.values()) - VGGISH
    second_output = 32 + 1
    never_run = 2 * (256 * 256 * 9 + 256)  # a residual unit of the coarsest map, which the published code only holds
    assert ours == 101_320_577 + second_output - never_run


def test_avsegformers_head_with_300_queries_in_a_binary_set():
    found = counted("avsegformer-pvt-v2-b5-vggish", classes=("sounding",))
    assert found["generator"] == 6_385_152  # 6.385 M
    assert found["sound"] == 33_024  # 0.033 M, counted beside the head
    head = sum(found.values()) - PVT - VGGISH - found["sound"]
    second_output = 32
    # 32.436 M is published to three decimals; what the description does not name is two feed-forwards of 2048
    assert (head - second_output + 2 * FEED_FORWARD) / 1e6 == pytest.approx(32.436, abs=5e-4)
    assert head - second_output == 30_334_336


def dilated_resnet_50():
    """CAVP's own visual encoder, by arithmetic: ResNet-50 without classifier, three 3×3 convolutions as its stem."""
    plain = 23_508_032
    stem = (3 * 64 + 64 * 64 + 64 * 128) * 9 + 2 * (64 + 64 + 128) - (3 * 64 * 49 + 2 * 64)
    return plain + stem + 64 * 64 + 64 * 256  # the first block takes 128 channels, not 64


def cavp_head(classes):
    """Pyramid on 2,048 channels, fusion and head: what stands between CAVP's encoders and its prediction."""
    with torch.device("meta"):
        model = CAVP(RavsConfig.preset("cavp-pvt-v2-b5-vggish", classes=classes))
        pyramid = DeepLabPyramid(channels=(256, 512, 1024, 2048), width=256, low_width=48)
    parts = (pyramid, model.fusion, model.head, model.classify)
    return sum(weight.numel() for part in parts for weight in part.parameters())


@pytest.mark.parametrize(
    ("published", "classes", "audio"),
    [
        (119.787, 71, VGGISH + (304 - 128) * 4097),  # VGGish whose last layer gives 304 numbers, trained
        (58.238, 22, 11_176_512 - 2 * 3136 + 512 * 304 + 304),  # ResNet-18 of one plane, mono
        (58.241, 22, 11_176_512 - 1 * 3136 + 512 * 304 + 304),  # of two planes, stereo
    ],
)
def test_cavp_lacks_the_same_five_million_parameters_whatever_its_audio_encoder_and_classes(published, classes, audio):
    ours = audio + dilated_resnet_50() + cavp_head(tuple(f"class {index}" for index in range(classes - 1)))
    # Published to three decimals, of which one remainder explains all: a 3×3 convolution of 2,048 to 256 channels
    # (4,718,592) and 0.26 M would fill it, but no source of ours says what it is.
    unexplained = 4_982_270
    assert (ours + unexplained) / 1e6 == pytest.approx(published, abs=5e-4)


@pytest.mark.parametrize("method", ["tpavi", "avsegformer", "cavp"])
def test_the_tiny_fusions_are_no_smaller_than_that_of_ravs_tiny_and_no_twice_as_large(method):
    encoders = ("visual_encoder", "audio_encoder")
    fusion, ravs = (
        sum(count for name, count in counted(f"{one}-tiny").items() if name not in encoders) for one in (method, "ravs")
    )
    assert ravs <= fusion < 2 * ravs
