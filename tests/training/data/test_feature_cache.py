"""Tokens of a frozen audio encoder are computed once, written completely, and never stale."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from ravs.config import RavsConfig
from ravs.errors import RavsError
from ravs.modeling.encoders.audio.frozen import FrozenEncoder
from ravs.modeling.encoders.audio.vggish import VGGish
from ravs.modeling.encoders.audio.yamnet_panorama import YAMNetPanorama
from ravs.modeling.ravs import RavsModel
from ravs.structures.clip import LabelledClip
from ravs.training.data import feature_cache
from ravs.training.data.clip_collator import ClipCollator
from ravs.training.data.feature_cache import CachingProcessor, encoder_hash, entry_name, program_files

CONFIG = RavsConfig.preset("ravs-debug", audio_encoder="vggish", image_size=32, tagging_weight=0.0)
RATE_HZ = 16_000


class SmallEncoder(FrozenEncoder):
    """A frozen encoder that is small, and records the length of each batch."""

    channels = 128

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.linspace(-1, 1, 128))
        self.batches = []
        self.freeze()

    def forward(self, features):
        if features.ndim == 3:
            return features
        self.batches.append(len(features))
        return (features[:, 0, 40].repeat(1, 2) * self.scale).unsqueeze(1)


def a_clip(seconds=2, *, channels=2, seed=0, swapped=False):
    generator = np.random.default_rng(seed)
    waveform = generator.normal(0, 0.1, (channels, seconds * RATE_HZ)).astype(np.float32)
    return LabelledClip(
        frames=generator.integers(0, 256, (seconds, 32, 32, 3), dtype=np.uint8),
        waveform=waveform[::-1].copy() if swapped else waveform,
        times_s=np.arange(seconds) + 0.9,
        sample_rate_hz=RATE_HZ,
        masks=generator.integers(0, 3, (seconds, 32, 32)).astype(np.uint8),
    )


def collators(folder, encoder):
    """What makes batches without the folder, and with it."""
    processor = CachingProcessor(CONFIG, encoder, folder)
    return ClipCollator(CONFIG), ClipCollator(CONFIG, processor), processor.encoder


@pytest.mark.parametrize("audio", ["small", "vggish"])
def test_a_loss_is_the_same_with_and_without_the_cache_and_the_encoder_runs_once_a_clip(tmp_path, audio):
    torch.manual_seed(0)
    model = RavsModel(CONFIG) if audio == "vggish" else with_small_encoder()
    plain, cached, encoder = collators(tmp_path, model.audio_encoder)
    clips = [a_clip(1), a_clip(3, channels=1, seed=1)]  # the first one is padded
    batch = plain(clips)
    with torch.no_grad():
        expected = model(**batch)
        for _ in range(2):  # encoded, then read
            found = cached(clips)
            assert found["audio_features"].shape == (2, 3, 1, 128)
            assert all(torch.equal(found[key], batch[key]) for key in batch if key != "audio_features")
            given = model(**found)
            assert torch.equal(given.loss, expected.loss) and torch.equal(
                given.adjusted_logits, expected.adjusted_logits
            )
    if audio == "small":
        assert encoder.batches == [4, 4, 4]  # one second, silence and three seconds; never fewer than four at once
        assert model.audio_encoder.batches == [6]


def with_small_encoder():
    model = RavsModel(CONFIG)
    model.audio_encoder = SmallEncoder()
    return model


def test_padding_has_the_encoders_tokens_of_silence_to_the_last_bit(tmp_path):
    encoder = VGGish()
    _, cached, _ = collators(tmp_path, encoder)
    batch = cached([a_clip(1), a_clip(4, seed=1)])
    silent = ClipCollator(CONFIG)([a_clip(1), a_clip(4, seed=1)])["audio_features"].flatten(0, 1)
    with torch.no_grad():
        assert torch.equal(batch["audio_features"].flatten(0, 1), encoder(silent))


def test_another_process_finds_what_this_one_wrote(tmp_path):
    encoder = SmallEncoder()
    _, first, encoding = collators(tmp_path, encoder)
    _, second, reading = collators(tmp_path, encoder)
    assert torch.equal(first([a_clip()])["audio_features"], second([a_clip()])["audio_features"])
    assert (encoding.batches, reading.batches) == ([4], [])


def test_swapped_channels_have_the_same_entry_and_any_other_change_has_another():
    wave = a_clip().waveform
    name = entry_name(wave, RATE_HZ, 2)
    louder = wave.copy()
    louder[1, -1] += 1e-6
    assert entry_name(wave[::-1], RATE_HZ, 2) == name
    others = {entry_name(louder, RATE_HZ, 2), entry_name(wave[:1], RATE_HZ, 2), entry_name(wave, 2 * RATE_HZ, 1)}
    assert len(others | {name}) == 4


def test_a_stereo_encoder_has_an_entry_for_each_order_of_the_channels(tmp_path):
    config = RavsConfig.preset("ravs-debug", audio_encoder="yamnet-panorama", image_size=32, tagging_weight=0.0)
    encoder = YAMNetPanorama(width_divisor=8)
    collate = ClipCollator(config, CachingProcessor(config, encoder, tmp_path))
    left = a_clip()
    left.waveform[1] *= 0.5
    right = replace(left, waveform=left.waveform[::-1].copy())
    found = [collate([clip])["audio_features"][..., -24:] for clip in (left, right, left)]
    torch.testing.assert_close(found[1], found[0].flip(-1))
    assert torch.equal(found[2], found[0]) and not torch.equal(found[1], found[0])
    assert len(list(tmp_path.rglob("*.npy"))) == 2


def test_a_swap_of_the_channels_changes_no_bit_of_the_features(tmp_path):
    for encoder in ("vggish", "htsat", "aisfx", "yamnet"):
        collate = ClipCollator(RavsConfig.preset("ravs-debug", audio_encoder=encoder, image_size=32))
        here, there = (collate([a_clip(swapped=swapped)])["audio_features"] for swapped in (False, True))
        assert torch.equal(here, there)


def test_other_weights_or_another_program_are_another_encoder(tmp_path, monkeypatch):
    encoder = SmallEncoder()
    before = encoder_hash(encoder)
    assert encoder_hash(encoder) == before
    text = tmp_path / "spectrogram.py"
    text.write_text("another front end")
    monkeypatch.setattr(feature_cache, "program_files", lambda: (*program_files()[1:], text))
    assert encoder_hash(encoder) != before
    monkeypatch.undo()
    encoder.scale.data[3] += 1e-6
    assert encoder_hash(encoder) != before


@pytest.mark.parametrize("broken", [b"", b"\x93NUMPY", b"no array"])
def test_an_entry_that_is_broken_is_made_again(tmp_path, broken):
    _, cached, encoder = collators(tmp_path, SmallEncoder())
    complete = cached([a_clip()])["audio_features"]
    (entry,) = tmp_path.rglob("*.npy")
    for content in (broken, entry.read_bytes()[:-4]):
        entry.write_bytes(content)
        assert torch.equal(cached([a_clip()])["audio_features"], complete)
    assert encoder.batches == [4] * 3
    assert [path.suffix for path in tmp_path.rglob("*") if path.is_file()] == [".npy"]


def test_a_folder_that_cannot_be_written_says_so(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RavsError, match=r"cannot be kept there .* data\.remembered=false"):
        collators(tmp_path / "file", SmallEncoder())[1]([a_clip()])


def test_tokens_of_another_level_of_silence_are_other_entries(tmp_path):
    quiet = np.full((1, 2 * RATE_HZ), 1e-4, np.float32)  # -80 dB
    plain, silenced = (
        CachingProcessor(replace(CONFIG, silence_below_db=level), SmallEncoder(), tmp_path) for level in (None, -52.0)
    )
    heard = plain.extract_audio_features(quiet, RATE_HZ, 2)
    assert torch.equal(silenced.extract_audio_features(quiet, RATE_HZ, 2), silenced.silent_features(2))
    assert not torch.equal(heard, silenced.silent_features(2))
