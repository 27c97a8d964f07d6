"""What a frozen audio encoder says is asked once, kept whole, and never stale."""

import numpy as np
import pytest
import torch
from torch import nn

from ravs.config import RavsConfig
from ravs.errors import RavsError
from ravs.modeling.encoders.audio.frozen import FrozenEncoder
from ravs.modeling.encoders.audio.vggish import VGGish
from ravs.modeling.ravs import RavsModel
from ravs.structures.clip import LabelledClip
from ravs.training.data import feature_cache as remembered
from ravs.training.data.clip_collator import ClipCollator
from ravs.training.data.feature_cache import CachingProcessor, encoder_hash, entry_name, program_files

CONFIG = RavsConfig.preset("ravs-debug", audio_encoder="vggish", image_size=32, tagging_weight=0.0)
RATE_HZ = 16_000


class Ears(FrozenEncoder):
    """A frozen encoder that is small, and counts how often it is asked."""

    channels = 128

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.linspace(-1, 1, 128))
        self.asked = []
        self.freeze()

    def forward(self, features):
        if features.ndim == 3:
            return features
        self.asked.append(len(features))
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
def test_a_loss_is_the_same_with_and_without_what_is_kept_and_the_encoder_is_asked_once_a_sound(tmp_path, audio):
    torch.manual_seed(0)
    model = RavsModel(CONFIG) if audio == "vggish" else with_small_ears()
    plain, kept, encoder = collators(tmp_path, model.audio_encoder)
    clips = [a_clip(1), a_clip(3, channels=1, seed=1)]  # the first one is padded
    batch = plain(clips)
    with torch.no_grad():
        expected = model(**batch)
        for _ in range(2):  # asked, then read again
            found = kept(clips)
            assert found["audio_features"].shape == (2, 3, 1, 128)
            assert all(torch.equal(found[key], batch[key]) for key in batch if key != "audio_features")
            given = model(**found)
            assert torch.equal(given.loss, expected.loss) and torch.equal(
                given.adjusted_logits, expected.adjusted_logits
            )
    if audio == "small":
        assert encoder.asked == [4, 4, 4]  # one second, silence and three seconds; never fewer than four at once
        assert model.audio_encoder.asked == [6]


def with_small_ears():
    model = RavsModel(CONFIG)
    model.audio_encoder = Ears()
    return model


def test_padding_hears_what_the_encoder_says_of_silence_to_the_last_bit(tmp_path):
    encoder = VGGish()
    _, kept, _ = collators(tmp_path, encoder)
    batch = kept([a_clip(1), a_clip(4, seed=1)])
    silent = ClipCollator(CONFIG)([a_clip(1), a_clip(4, seed=1)])["audio_features"].flatten(0, 1)
    with torch.no_grad():
        assert torch.equal(batch["audio_features"].flatten(0, 1), encoder(silent))


def test_another_process_finds_what_this_one_wrote(tmp_path):
    ears = Ears()
    _, first, asked = collators(tmp_path, ears)
    _, second, not_asked = collators(tmp_path, ears)
    assert torch.equal(first([a_clip()])["audio_features"], second([a_clip()])["audio_features"])
    assert (asked.asked, not_asked.asked) == ([4], [])


def test_swapped_ears_are_the_same_sound_and_any_other_change_is_another():
    wave = a_clip().waveform
    name = entry_name(wave, RATE_HZ, 2)
    louder = wave.copy()
    louder[1, -1] += 1e-6
    assert entry_name(wave[::-1], RATE_HZ, 2) == name
    others = {entry_name(louder, RATE_HZ, 2), entry_name(wave[:1], RATE_HZ, 2), entry_name(wave, 2 * RATE_HZ, 1)}
    assert len(others | {name}) == 4


def test_a_swap_of_the_ears_changes_no_bit_of_the_features(tmp_path):
    for encoder in ("vggish", "htsat"):
        collate = ClipCollator(RavsConfig.preset("ravs-debug", audio_encoder=encoder, image_size=32))
        here, there = (collate([a_clip(swapped=swapped)])["audio_features"] for swapped in (False, True))
        assert torch.equal(here, there)


def test_other_weights_or_another_program_are_another_encoder(tmp_path, monkeypatch):
    ears = Ears()
    before = encoder_hash(ears)
    assert encoder_hash(ears) == before
    text = tmp_path / "spectrogram.py"
    text.write_text("another front end")
    monkeypatch.setattr(remembered, "program_files", lambda: (*program_files()[1:], text))
    assert encoder_hash(ears) != before
    monkeypatch.undo()
    ears.scale.data[3] += 1e-6
    assert encoder_hash(ears) != before


@pytest.mark.parametrize("broken", [b"", b"\x93NUMPY", b"no array"])
def test_an_entry_that_is_broken_is_made_again(tmp_path, broken):
    _, kept, encoder = collators(tmp_path, Ears())
    whole = kept([a_clip()])["audio_features"]
    (entry,) = tmp_path.rglob("*.npy")
    for content in (broken, entry.read_bytes()[:-4]):
        entry.write_bytes(content)
        assert torch.equal(kept([a_clip()])["audio_features"], whole)
    assert encoder.asked == [4] * 3
    assert [path.suffix for path in tmp_path.rglob("*") if path.is_file()] == [".npy"]


def test_a_folder_that_cannot_be_written_says_so(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RavsError, match=r"cannot be kept there .* data\.remembered=false"):
        collators(tmp_path / "file", Ears())[1]([a_clip()])
