"""A batch of composed clips has the right seconds and the right channels."""

import numpy as np
import pytest
import torch

from ravs.config import RavsConfig
from ravs.modeling.encoders.audio.front_ends import front_end
from ravs.training.data.composed_collator import ComposedCollator, spec_augment

RATE_HZ = 32000
CONFIG = RavsConfig.preset("ravs-debug", classes=("bell", "horn"), audio_directions=8)


def clip(random=0.0):
    """Second s has frames of value s, masks of s, its own tone on the left, another on the right."""
    times = np.arange(RATE_HZ) / RATE_HZ
    left = np.concatenate([0.1 * np.sin(2 * np.pi * 300 * (s + 1) * times) for s in range(5)])
    right = np.concatenate([0.05 * np.sin(2 * np.pi * 250 * (s + 1) * times) for s in range(5)])
    seconds = np.arange(5, dtype=np.uint8)
    return {
        "frames": np.broadcast_to(seconds[:, None, None, None], (5, 32, 32, 3)).copy(),
        "masks": np.broadcast_to(seconds[:, None, None], (5, 32, 32)).copy(),
        "waveform": np.stack([left, right]).astype(np.float32),
        "active": np.eye(5, 2, dtype=np.float32),
        "direction": np.zeros((5, 2, 8), np.float32),
        "random": np.array(random),
    }


def test_a_run_of_seconds_keeps_its_own_frames_masks_and_audio():
    for random, first in ((0.0, 0), (0.3, 1), (0.99, 3)):
        batch = ComposedCollator(CONFIG, seconds=2, spec_augment=False)([clip(random)])
        assert batch["masks"][0, :, 0, 0].tolist() == [first, first + 1]
        torch.testing.assert_close(batch["sounding"][0], torch.eye(5, 2)[first : first + 2])
        audio = torch.from_numpy(clip()["waveform"]).unflatten(1, (5, RATE_HZ)).transpose(0, 1)
        expected = front_end(CONFIG.audio_encoder)(audio[first : first + 2])
        torch.testing.assert_close(batch["audio_features"][0], expected)


@pytest.mark.parametrize("audio_encoder", ["vggish", "aisfx"])
def test_audio_reaches_a_frozen_encoder_at_its_own_sample_rate(audio_encoder):
    given, frozen = clip(), front_end(audio_encoder)
    given["waveform"][:] = tones(RATE_HZ)
    config = RavsConfig.preset("ravs-debug", audio_encoder=audio_encoder)
    collate = ComposedCollator(config, seconds=2, spec_augment=False)
    expected = frozen(torch.from_numpy(tones(frozen.sample_rate_hz)).unflatten(0, (5, 1, -1)))[:2]
    inner = slice(2, -2)  # resampling a cut waveform is wrong at its ends
    found = collate([given])["audio_features"][0]
    assert found.shape == expected.shape
    torch.testing.assert_close(found[:, :, inner], expected[:, :, inner], atol=0.02, rtol=0.0)


def tones(rate_hz):
    """Five seconds of 300 and 1700 Hz, which are continuous where one second ends."""
    times = np.arange(5 * rate_hz) / rate_hz
    return (0.1 * np.sin(2 * np.pi * 300 * times) + 0.05 * np.sin(2 * np.pi * 1700 * times)).astype(np.float32)


def test_only_encoders_that_are_trained_get_targets_of_tagging():
    for audio_encoder, tagged in (("logmel-cnn", True), ("panorama-cnn", True), ("vggish", False), ("aisfx", False)):
        config = RavsConfig.preset("ravs-debug", audio_encoder=audio_encoder)
        batch = ComposedCollator(config, seconds=2, spec_augment=False)([clip()])
        assert {"sounding" in batch, "directions" in batch} == {tagged}
        assert {"pixel_values", "masks", "audio_features", "valid"} <= set(batch)


def test_the_left_channel_is_the_waveforms_first():
    features = ComposedCollator(CONFIG, seconds=5, spec_augment=False)([clip()])["audio_features"][0]
    loud_left = clip()
    loud_left["waveform"][0] *= 4
    louder = ComposedCollator(CONFIG, seconds=5, spec_augment=False)([loud_left])["audio_features"][0]
    assert (louder[:, 1] - features[:, 1]).mean() > 0.01  # plane 1 is left against right


def test_spec_augment_silences_one_band_and_one_span_of_each_second():
    augmented = spec_augment(torch.full((50, 2, 100, 64), 0.5), np.random.default_rng(0))
    changed = augmented[:, 0] != 0.5  # seconds, times, bins
    assert (augmented[:, 0][changed] == -1).all() and (augmented[:, 1][changed] == 0).all()
    assert (augmented[:, 1][~changed] == 0.5).all()
    band, span = changed.all(dim=1), changed.all(dim=2)
    assert torch.equal(changed, band[:, None] | span[:, :, None])
    for silenced, most in ((band, 10), (span, 20)):
        widths = silenced.sum(dim=1)
        assert widths.min() == 0 and widths.max() == most
        assert ((silenced[:, 1:] != silenced[:, :-1]).sum(dim=1) <= 2).all()  # one piece


def test_only_training_uses_spec_augment_and_differently_for_each_clip():
    clean, augmented, other = (
        ComposedCollator(CONFIG, seconds=5, spec_augment=on)([clip(random)])["audio_features"]
        for on, random in ((False, 0.4), (True, 0.4), (True, 0.5))
    )
    assert not torch.equal(augmented, clean) and not torch.equal(augmented, other)
