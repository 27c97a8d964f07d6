"""Augmentation: image, mask and audio change together, alike over a clip, and by the seed alone."""

import numpy as np
import pytest
import torch

from ravs.errors import InputError
from ravs.structures.clip import LabelledClip
from ravs.training.augmentation.clip_augmentation import ClipAugmentation, CropWindow, apply_window

SIDE = 24
STILL = {
    "size": SIDE,
    "flip": 0.0,
    "scale": (1.0, 1.0),
    "brightness": 0.0,
    "contrast": 0.0,
    "saturation": 0.0,
    "hue": 0.0,
}
NEW = {"seed": 1, "epoch": 0}


def a_clip(seconds=3, side=SIDE, labelled=(0, 2)):
    """Soft random images; masks with a block of class 3 and one of 7; a tone on the left, another on the right."""
    generator = np.random.default_rng(4)
    masks = np.full((seconds, side, side), 255, np.uint8)
    for second in labelled:
        masks[second] = 0
        masks[second, 5:15, 2:8] = 3
        masks[second, 8:12, 16:22] = 7
    times = np.arange(seconds * 100) / 100
    return LabelledClip(
        frames=generator.integers(60, 190, (seconds, side, side, 3), dtype=np.uint8),
        waveform=np.stack([0.5 * np.sin(times), 0.1 * np.cos(times)]).astype(np.float32),
        times_s=np.arange(seconds) + 0.96,
        sample_rate_hz=100,
        masks=masks,
        name="a",
        subset="s4",
        look_alike=(True,) * seconds,
    )


def change(clip, index=0, **amounts):
    return ClipAugmentation(**STILL | amounts)(clip, **NEW, index=index)


def test_nothing_changes_where_every_amount_is_zero():
    clip = a_clip()
    same = change(clip)
    np.testing.assert_array_equal(same.frames, clip.frames)
    np.testing.assert_array_equal(same.masks, clip.masks)
    np.testing.assert_array_equal(same.waveform, clip.waveform)
    assert (same.name, same.subset, same.look_alike) == ("a", "s4", ())


def test_a_flip_mirrors_image_mask_and_channels_together():
    clip = a_clip()
    flipped = change(clip, flip=1.0)
    np.testing.assert_array_equal(flipped.frames, clip.frames[:, :, ::-1])
    np.testing.assert_array_equal(flipped.masks, clip.masks[:, :, ::-1])
    np.testing.assert_array_equal(flipped.waveform, clip.waveform[::-1])


def test_a_flip_leaves_mono_as_it_is():
    stereo = a_clip()
    values = {name: getattr(stereo, name) for name in ("frames", "masks", "times_s", "sample_rate_hz")}
    mono = LabelledClip(**values, waveform=stereo.waveform[:1])
    np.testing.assert_array_equal(change(mono, flip=1.0).waveform, mono.waveform)


def test_half_of_the_clips_are_flipped_and_each_flip_is_of_all_three():
    clip, flips = a_clip(), 0
    for index in range(200):
        changed = change(clip, index, flip=0.5)
        swapped = np.array_equal(changed.waveform, clip.waveform[::-1])
        assert swapped == np.array_equal(changed.masks, clip.masks[:, :, ::-1])
        assert swapped == np.array_equal(changed.frames, clip.frames[:, :, ::-1])
        flips += swapped
    assert 75 < flips < 125


def test_every_frame_of_a_clip_is_changed_alike():
    clip = a_clip()
    clip.frames[:], clip.masks[:] = clip.frames[0], clip.masks[0]
    for index in range(10):
        changed = ClipAugmentation(size=SIDE)(clip, **NEW, index=index)
        assert not np.array_equal(changed.frames, clip.frames)
        for second in (1, 2):
            np.testing.assert_array_equal(changed.frames[second], changed.frames[0])
            np.testing.assert_array_equal(changed.masks[second], changed.masks[0])


def test_contrast_turns_about_the_clips_own_mean_so_that_one_color_stays_one():
    clip = a_clip()
    clip.frames[0, 12:], clip.frames[1], clip.frames[2] = 20, 200, 90
    clip.frames[:, :12] = 100  # the same color in frames of different means
    changed = change(clip, 3, brightness=0.2, contrast=0.9, saturation=0.2, hue=0.1)
    assert len({tuple(pixel) for pixel in changed.frames[:, :12].reshape(-1, 3)}) == 1
    assert not np.array_equal(changed.frames[:, :12], clip.frames[:, :12])


def test_brightness_is_a_factor_of_what_was_there():
    clip = a_clip()
    ratios = [change(clip, index, brightness=0.2).frames / clip.frames for index in range(20)]
    factors = [np.median(ratio) for ratio in ratios]
    assert 0.8 <= min(factors) < 0.9 and 1.1 < max(factors) <= 1.2
    assert all(np.abs(ratio - factor).max() < 0.02 for ratio, factor in zip(ratios, factors, strict=True))


def test_no_mask_value_appears_that_was_not_there_but_255():
    clip = a_clip(labelled=(0, 1, 2))
    outside = 0
    for index in range(60):
        changed = ClipAugmentation(size=SIDE)(clip, **NEW, index=index)
        assert set(np.unique(changed.masks)) <= {0, 3, 7, 255}
        outside += (changed.masks == 255).any()
    assert 5 < outside < 55  # smaller images have an outside, larger ones none


def test_frames_that_are_not_labelled_stay_so():
    clip = a_clip(labelled=(0,))
    for index in range(20):
        changed = ClipAugmentation(size=SIDE)(clip, **NEW, index=index)
        assert (changed.masks[1:] == 255).all() and (changed.masks[0] != 255).any()


def test_image_and_mask_stay_aligned():
    clip = a_clip(labelled=(0, 1, 2))
    clip.frames[:] = 40
    clip.frames[clip.masks == 3] = (200, 40, 40)
    clip.frames[clip.masks == 7] = (40, 40, 200)
    for index in range(30):
        changed = change(clip, index, flip=0.5, scale=(0.5, 2.0))
        inside = changed.masks[0] != 255
        for color, value in ((0, 3), (2, 7)):
            seen = changed.frames[0, ..., color][inside] > 120
            assert (seen != (changed.masks[0][inside] == value)).mean() < 0.03  # but for a soft edge
        assert (changed.masks == 3).any()


def test_twice_as_large_shows_a_quarter_of_the_image_pixel_by_pixel():
    image = torch.arange(16.0).reshape(1, 1, 4, 4)
    seen = apply_window(image, CropWindow(2.0, 4, 2), "nearest", torch.tensor([255.0]))
    expected = image.repeat_interleave(2, 2).repeat_interleave(2, 3)[..., 2:6, 4:8]
    torch.testing.assert_close(seen, expected)


def test_half_as_large_lies_at_its_position_and_nothing_is_labelled_outside():
    image = torch.full((1, 1, 8, 8), 7.0)
    seen = apply_window(image, CropWindow(0.5, -3, -1), "nearest", torch.tensor([255.0]))
    expected = torch.full((1, 1, 8, 8), 255.0)
    expected[..., 1:5, 3:7] = 7
    torch.testing.assert_close(seen, expected)


def test_enough_of_what_sounds_stays_in_view():
    clip = a_clip(labelled=(0, 1, 2))
    for index in range(40):
        changed = change(clip, index, scale=(2.0, 2.0), keep=1.0)
        shown = ((changed.masks > 0) & (changed.masks < 255)).sum()
        whole = 4 * (clip.masks > 0).sum()
        assert shown >= 0.95 * whole or np.array_equal(changed.masks, clip.masks)


def test_a_wide_image_becomes_a_square_of_224():
    clip = a_clip()
    wide = LabelledClip(
        frames=clip.frames.repeat(3, axis=2),
        masks=clip.masks.repeat(3, axis=2),
        waveform=clip.waveform,
        times_s=clip.times_s,
        sample_rate_hz=100,
    )
    changed = ClipAugmentation()(wide, **NEW, index=0)
    assert changed.frames.shape == (3, 224, 224, 3) and changed.masks.shape == (3, 224, 224)


def test_the_same_seed_epoch_and_index_give_the_same_clip_and_others_another():
    clip, amounts = a_clip(), ClipAugmentation(size=SIDE)
    first, again = (amounts(clip, seed=1, epoch=2, index=3) for _ in range(2))
    np.testing.assert_array_equal(first.frames, again.frames)
    np.testing.assert_array_equal(first.masks, again.masks)
    np.testing.assert_array_equal(first.waveform, again.waveform)
    for other in ({"seed": 2}, {"epoch": 1}, {"index": 4}):
        changed = amounts(clip, **{"seed": 1, "epoch": 2, "index": 3} | other)
        assert not np.array_equal(changed.frames, first.frames)


def test_no_global_random_state_is_read_or_changed():
    clip, amounts = a_clip(), ClipAugmentation(size=SIDE)
    torch.manual_seed(1)
    before = torch.get_rng_state(), np.random.get_state()[1].copy()
    first = amounts(clip, **NEW, index=0)
    assert torch.equal(torch.get_rng_state(), before[0])
    np.testing.assert_array_equal(np.random.get_state()[1], before[1])
    torch.manual_seed(2)
    np.testing.assert_array_equal(amounts(clip, **NEW, index=0).frames, first.frames)


def test_the_clip_itself_is_left_alone():
    clip, fresh = a_clip(), a_clip()
    change(clip, flip=1.0, brightness=0.2, scale=(0.5, 0.5))
    np.testing.assert_array_equal(clip.frames, fresh.frames)
    np.testing.assert_array_equal(clip.masks, fresh.masks)
    np.testing.assert_array_equal(clip.waveform, fresh.waveform)


@pytest.mark.parametrize(
    ("amounts", "message"),
    [({"flip": 1.5}, "flip is 1.5; it must be from 0 to 1"), ({"scale": (2.0, 1.0)}, "two rising factors above 0")],
)
def test_amounts_that_make_no_sense_are_refused(amounts, message):
    with pytest.raises(InputError, match=message):
        ClipAugmentation(**amounts)
