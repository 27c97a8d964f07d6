"""Windows of a model's seconds out of clips that last longer: drawn in training, one after the other in validation."""

from dataclasses import replace

import numpy as np
import pytest

from ravs.config.recipe import DatasetRecipe
from ravs.data.datasets.find_dataset import find_dataset
from ravs.media import write_wav
from ravs.training.data.clip_windows import DatasetClips, DatasetWindows, draw_start
from ravs.training.data.from_dataset import augmentation_of

SECOND = np.arange(10)


@pytest.fixture
def long_set(miniature, miniatures):
    """Ten seconds: second n has gray 10 n and audio of level n / 32."""
    root = miniature("avss", subsets=("v2",))
    for wav in root.rglob("audio.wav"):
        write_wav(wav, (SECOND / 32).astype(np.float32).repeat(16000)[None], 16000)
    return find_dataset(root)


def seconds_of(clip):
    """Which second of the video each of the clip's is, by frame, audio and time: all three agree."""
    frames = np.rint(clip.frames.mean(axis=(1, 2, 3)) / 10).astype(int)
    audio = np.rint(clip.waveform.reshape(len(clip), -1).mean(axis=1) * 32).astype(int)
    np.testing.assert_array_equal(frames, audio)
    np.testing.assert_array_equal(frames, clip.times_s.astype(int))
    return frames.tolist()


def test_a_window_is_drawn_in_each_epoch_and_every_second_occurs(long_set):
    clips, seen = DatasetClips(long_set, long_set.entries, seconds=4, seed=1), []
    for epoch in (0, 1, 2, 3, 0):
        clips.set_epoch(epoch)
        seen.append(seconds_of(clips[0]))
    assert all(found == list(range(found[0], found[0] + 4)) for found in seen)
    assert seen[0] == seen[4] and len({found[0] for found in seen}) > 1  # the same for the same epoch
    starts = [draw_start([True] * 10, 4, [1, epoch]) for epoch in range(100)]
    assert set(starts) == set(range(7))
    assert starts != [draw_start([True] * 10, 4, [2, epoch]) for epoch in range(100)]


def test_clips_that_are_no_longer_than_a_window_are_complete_and_augmented_as_without_windows(long_set):
    augmentation = augmentation_of(DatasetRecipe(set="avss"), 16)
    plain = DatasetClips(long_set, long_set.entries, seed=3, augmentation=augmentation)
    for seconds in (10, 12):
        windowed = DatasetClips(long_set, long_set.entries, seconds=seconds, seed=3, augmentation=augmentation)
        np.testing.assert_array_equal(windowed[1].frames, plain[1].frames)
        np.testing.assert_array_equal(windowed[1].waveform, plain[1].waveform)


def test_a_window_has_a_labelled_second_where_there_is_one():
    first_only, middle = ([second == place for second in range(10)] for place in (0, 5))
    draws = [[draw_start(one, 3, [0, epoch]) for epoch in range(40)] for one in (first_only, middle)]
    assert [set(found) for found in draws] == [{0}, {3, 4, 5}]
    assert {draw_start([False] * 10, 9, [0, epoch]) for epoch in range(20)} == {0, 1}


def test_a_mask_that_is_unknown_everywhere_labels_no_window(long_set, miniatures):
    entry = long_set.entries[0]
    unknown = miniatures.quarters(255, 255, 255, 255, size=24)
    for mask in (*entry.masks[:7], *entry.masks[8:]):
        miniatures.save_mask(mask, unknown, "L")
    clips = DatasetClips(long_set, [entry, replace(entry, masks=(None,) * 10)], seconds=4, seed=1)
    for epoch in range(20):
        clips.set_epoch(epoch)
        assert 7 in seconds_of(clips[0])
    assert clips.labelled(0) == (*[False] * 7, True, False, False) and not any(clips.labelled(1))


def test_in_validation_windows_follow_one_another_and_have_every_second_once(long_set):
    windows = DatasetWindows(long_set, long_set.entries, 4)
    assert [seconds_of(windows[place]) for place in range(3)] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert len(windows) == 9
    complete = long_set.read(long_set.entries[0])
    for name in ("frames", "masks", "times_s"):
        joined = np.concatenate([getattr(windows[place], name) for place in range(3)])
        np.testing.assert_array_equal(joined, getattr(complete, name))


def test_a_part_of_a_clip_opens_no_frame_of_another_second(long_set):
    entry = long_set.entries[0]
    for path in (*entry.frames[:5], *entry.masks[:5]):
        path.write_bytes(b"")
    assert seconds_of(long_set.read_part(entry, 5, 3)) == [5, 6, 7]
