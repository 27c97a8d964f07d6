"""Padded batches of labelled clips."""

import numpy as np
import torch

from ravs.config import RavsConfig
from ravs.modeling.ravs import RavsModel
from ravs.structures.clip import LabelledClip
from ravs.training.data.clip_collator import ClipCollator

CONFIG = RavsConfig.preset("ravs-debug")
RATE_HZ = 16000


def a_clip(seconds, height=40, width=64, channels=1, labelled=None, seed=0):
    generator = np.random.default_rng(seed)
    masks = generator.integers(0, 3, (seconds, height, width)).astype(np.uint8)
    masks[labelled or seconds :] = 255
    return LabelledClip(
        frames=generator.integers(0, 256, (seconds, height, width, 3), dtype=np.uint8),
        waveform=generator.normal(0, 0.1, (channels, seconds * RATE_HZ)).astype(np.float32),
        times_s=np.arange(seconds) + 0.9,
        sample_rate_hz=RATE_HZ,
        masks=masks,
    )


def test_a_padded_batch_of_two_equals_two_batches_of_one():
    clips = [a_clip(2, labelled=1), a_clip(4, height=50, width=30, channels=2, seed=1)]
    model, collate = RavsModel(CONFIG), ClipCollator(CONFIG)
    with torch.no_grad():
        both = model(**collate(clips))
        for place, clip in enumerate(clips):
            alone = model(**collate([clip]))
            torch.testing.assert_close(
                both.adjusted_logits[place, : len(clip)], alone.adjusted_logits[0], rtol=1e-4, atol=1e-5
            )


def test_padding_is_not_valid_and_not_labelled_and_what_is_only_not_labelled_is_valid():
    batch = ClipCollator(CONFIG)([a_clip(5, labelled=1), a_clip(10, seed=1)])
    side = CONFIG.image_size
    assert {name: tuple(tensor.shape[:2]) for name, tensor in batch.items()} == dict.fromkeys(
        ("pixel_values", "audio_features", "valid", "masks"), (2, 10)
    )
    assert batch["masks"].shape[2:] == (side, side)
    assert batch["valid"].tolist() == [[True] * 5 + [False] * 5, [True] * 10]
    assert (batch["masks"][0, 1:] == 255).all() and (batch["masks"][0, 0] != 255).all()
    assert (batch["pixel_values"][0, 5:] == 0).all()  # the mean color


def test_what_the_padding_is_labelled_does_not_move_the_loss():
    clips = [a_clip(2), a_clip(3, seed=1)]
    batch = ClipCollator(CONFIG)(clips)
    model = RavsModel(CONFIG)
    with torch.no_grad():
        first = model(**batch).segmentation_loss
        batch["masks"][0, 2:] = 1
        torch.testing.assert_close(model(**batch).segmentation_loss, first)


def test_clips_of_different_shapes_are_squashed_also_for_a_model_that_keeps_proportions():
    config = RavsConfig.preset("ravs-debug", resize="keep")
    batch = ClipCollator(config)([a_clip(1), a_clip(1, height=64, width=40)])
    assert batch["pixel_values"].shape[-2:] == (config.image_size, config.image_size)
    assert config.resize == "keep"
