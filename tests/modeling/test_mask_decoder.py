"""The folded decoder against the head as SegFormer writes it."""

import pytest
import torch
from torch.nn import functional as F

from ravs.modeling.mask_decoder import MaskDecoder


def plain_decode(decoder, maps):
    """The head as SegFormer writes it: project, upsample, join, fuse. What MaskDecoder's forward must equal."""
    size = maps[0].shape[-2:]
    large = [
        F.interpolate(project(stage_map.permute(0, 2, 3, 1)).permute(0, 3, 1, 2), size, mode="bilinear")
        for stage_map, project in zip(maps, decoder.project, strict=True)
    ]
    return F.relu(decoder.norm(decoder.fuse(torch.cat(large, dim=1).permute(0, 2, 3, 1)))).permute(0, 3, 1, 2)


@pytest.fixture
def decoder():
    torch.manual_seed(0)
    return MaskDecoder(channels=(3, 5, 6, 7), width=8).eval()


def four_maps(height=9, width=13, frames=2):
    generator = torch.Generator().manual_seed(0)
    sizes = [(-(-height // 2**stage), -(-width // 2**stage)) for stage in range(4)]
    return [
        torch.randn(frames, channels, *size, generator=generator)
        for channels, size in zip((3, 5, 6, 7), sizes, strict=True)
    ]


@pytest.mark.parametrize("size", [(9, 13), (8, 8), (1, 5)])
def test_the_folded_decoder_equals_the_plain_form(decoder, size):
    maps = four_maps(*size)
    torch.testing.assert_close(decoder(maps), plain_decode(decoder, maps))


def test_gradients_of_the_folded_decoder_equal_those_of_the_plain_form(decoder):
    gradients = []
    for decode in (decoder, lambda maps: plain_decode(decoder, maps)):
        decoder.zero_grad()
        decode(four_maps()).square().sum().backward()
        gradients.append([weight.grad.clone() for weight in decoder.parameters()])
    for folded, plain in zip(*gradients, strict=True):
        torch.testing.assert_close(folded, plain, rtol=1e-3, atol=1e-4)


def test_the_fused_map_has_the_first_maps_size_and_the_decoders_width(decoder):
    assert decoder(four_maps(9, 13)).shape == (2, 8, 9, 13)


@pytest.mark.parametrize("stage", range(4))
def test_every_stage_changes_the_output(decoder, stage):
    maps = four_maps()
    before = decoder(maps)
    maps[stage] = torch.zeros_like(maps[stage])
    assert not torch.allclose(decoder(maps), before)


def test_a_batch_of_two_equals_two_batches_of_one(decoder):
    maps = four_maps()
    both = decoder.train()(maps)
    for frame in range(2):
        torch.testing.assert_close(decoder([one[frame : frame + 1] for one in maps]), both[frame : frame + 1])
