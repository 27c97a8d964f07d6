"""Takes of composed clips: with a frozen audio encoder they hold its tokens, and no take outlives its encoder."""

from dataclasses import replace

import pytest
import torch

from ravs.config.recipe import resolve_config
from ravs.training.data.composed_takes import open_takes, training_collator
from ravs.training.data.from_library import open_clips
from support.models import SMALL_AUDIO_ENCODERS
from support.runs import DATA, MODEL, recipe


@pytest.fixture
def frozen():
    """A recipe of three clips whose audio encoder is frozen, each drawn twice."""
    wanted = recipe(data=replace(DATA, scenes=3, takes=2))
    return replace(wanted, model=MODEL | {"audio_encoder": "aisfx"})


def encoder_of(seed):
    torch.manual_seed(seed)
    return SMALL_AUDIO_ENCODERS["aisfx"]()


def test_takes_hold_the_tokens_of_the_features_that_the_clips_themselves_have(frozen, library_root, tmp_path):
    encoder, (clips, _) = encoder_of(0), open_clips(frozen, library_root, tmp_path)
    takes = open_takes(frozen, clips, encoder, tmp_path)
    assert len(takes) == 6 and set(takes[0]) == {"audio_features", "frames", "masks"}
    clips.set_epoch(1)
    collate = training_collator(frozen, resolve_config(frozen))
    fresh, cached = collate([clips[0], clips[2]]), collate.stack([takes[3], takes[5]])
    tokens = encoder(fresh["audio_features"].flatten(0, 1)).unflatten(0, (2, DATA.seconds))
    torch.testing.assert_close(cached["audio_features"], tokens, atol=2e-3, rtol=2e-3)  # kept to three digits
    for name in ("pixel_values", "masks", "valid"):
        assert torch.equal(cached[name], fresh[name])


def test_takes_are_kept_apart_by_the_weights_of_a_frozen_encoder_and_found_again_by_them(
    frozen, library_root, tmp_path
):
    clips, _ = open_clips(frozen, library_root, tmp_path)

    def kept():
        return {path.name for path in tmp_path.glob("takes-*")}

    open_takes(frozen, clips, encoder_of(0), tmp_path)
    first = kept()
    open_takes(frozen, clips, encoder_of(0), tmp_path)
    assert kept() == first and len(first) == 1
    open_takes(frozen, clips, encoder_of(1), tmp_path)
    assert len(kept()) == 2


def test_takes_of_an_encoder_that_is_trained_do_not_depend_on_its_weights(library_root, tmp_path):
    wanted = recipe(data=replace(DATA, scenes=3, takes=1))
    clips, _ = open_clips(wanted, library_root, tmp_path)
    for seed in (0, 1):
        torch.manual_seed(seed)
        encoder = SMALL_AUDIO_ENCODERS["panorama-cnn"](width=8, directions=8, num_classes=4)
        takes = open_takes(wanted, clips, encoder, tmp_path)
        assert takes[0]["audio_features"].shape == (DATA.seconds, 2, 100, 64)
    assert len(list(tmp_path.glob("takes-*"))) == 1


def test_takes_are_kept_apart_by_the_level_of_silence(frozen, library_root, tmp_path):
    for level in (None, -52.0):
        wanted = replace(frozen, model=frozen.model | {"silence_below_db": level})
        open_takes(wanted, open_clips(wanted, library_root, tmp_path)[0], encoder_of(0), tmp_path)
    assert len(list(tmp_path.glob("takes-*"))) == 2
