"""A processor that runs a frozen audio encoder gives the tokens that a model would compute itself."""

import numpy as np
import pytest
import torch

from ravs.config import RavsConfig
from ravs.inference.processor import RavsProcessor
from ravs.training.data.encoding_processor import EncodingProcessor
from support.models import SMALL_AUDIO_ENCODERS

RATE_HZ = 32_000


@pytest.mark.parametrize("audio_encoder", ["vggish", "aisfx"])
def test_its_tokens_are_the_encoders_of_the_audio_features(audio_encoder):
    torch.manual_seed(0)
    config = RavsConfig.preset("ravs-debug", audio_encoder=audio_encoder)
    encoder = SMALL_AUDIO_ENCODERS[audio_encoder]()
    waveform = np.random.default_rng(0).normal(0, 0.1, (2, 3 * RATE_HZ)).astype(np.float32)
    tokens = EncodingProcessor(config, encoder).extract_audio_features(waveform, RATE_HZ, 3)
    expected = encoder(RavsProcessor(config).extract_audio_features(waveform, RATE_HZ, 3))
    assert tokens.shape == (3, encoder.num_tokens, encoder.channels) and not tokens.requires_grad
    torch.testing.assert_close(tokens, expected)


def test_silent_seconds_have_the_encoders_tokens_of_silence_and_not_zeros():
    config, encoder = RavsConfig.preset("ravs-debug", audio_encoder="vggish"), SMALL_AUDIO_ENCODERS["vggish"]()
    with torch.no_grad():
        encoder.embeddings[-2].bias.fill_(1.0)  # else all numbers may be below zero, and the last ReLU's zeros
    processor = EncodingProcessor(config, encoder)
    silent = processor.silent_features(2)
    torch.testing.assert_close(silent, encoder(RavsProcessor(config).silent_features(2)))
    assert silent.any()


def test_its_encoder_is_a_copy_that_stays_as_it_was():
    encoder = SMALL_AUDIO_ENCODERS["aisfx"]()
    processor = EncodingProcessor(RavsConfig.preset("ravs-debug", audio_encoder="aisfx"), encoder)
    features = torch.rand(1, 1, 42, 96)
    before = processor.encode(features)
    with torch.no_grad():
        for weight in encoder.parameters():
            weight.zero_()
    assert torch.equal(processor.encode(features), before)
