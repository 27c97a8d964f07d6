"""S4 and MS3 on disk."""

import numpy as np
import pytest

from ravs.data.datasets.avsbench_object import open_avsbench_object, wav_path
from ravs.errors import DecodeError, InputError, NoAudioError


@pytest.mark.parametrize("mode", ["1", "L", "RGB"])
def test_s4_reads_as_it_was_written(miniature, miniatures, mode):
    opened = open_avsbench_object(miniature("s4", mode=mode))
    (entry,) = opened.select("val", "s4")
    clip = opened.read(entry)
    assert (clip.name, clip.subset) == ("s4/dog_barking/val-dog_1000", "s4")
    assert opened.binary and entry.sounding == ("dog_barking",)
    assert clip.frames[:, 0, 0, 0].tolist() == [10, 20, 30, 40, 50]
    sounding = [[place < number for place in range(4)] for number in range(1, 6)]
    np.testing.assert_array_equal(clip.masks, [miniatures.quarters(*row) for row in sounding])
    np.testing.assert_array_equal(clip.times_s, [0.9375, 1.9375, 2.9375, 3.9375, 4.9375])
    assert clip.sample_rate_hz == 16000 and clip.waveform.shape == (1, 80000) and (clip.waveform == 0.25).all()


def test_in_training_only_the_first_second_of_s4_is_labelled_and_the_rest_ignored(miniature):
    opened = open_avsbench_object(miniature("s4"))
    (entry,) = opened.select("train")
    assert [mask is None for mask in entry.masks] == [False, True, True, True, True]
    masks = opened.read(entry).masks
    assert set(np.unique(masks[0])) == {0, 1} and (masks[1:] == 255).all()
    assert [kind for kind, _ in opened.files(entry)] == ["frame"] * 5 + ["mask", "sound"]


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
def test_ms3_reads_as_it_was_written_whatever_the_depth_of_its_masks(miniature, miniatures, mode):
    opened = open_avsbench_object(miniature("ms3", mode=mode))
    (entry,) = opened.select("train", "ms3")
    assert entry.frames[0].name == "train_ms.mp4_1.png" and entry.sounding == ()
    clip = opened.read(entry)
    np.testing.assert_array_equal(clip.masks[1], miniatures.quarters(1, 1, 0, 0))
    assert clip.waveform.shape == (2, 80000)


def test_both_halves_are_one_set_and_each_opens_by_itself(miniature, tmp_path):
    miniature("s4")
    opened = open_avsbench_object(miniature("ms3"))
    assert [entry.name for entry in opened.select("test")] == ["ms3/test_ms", "s4/dog_barking/test-dog_1000"]
    assert opened.published[("s4", "train")] == 3452 and opened.published[("ms3", "test")] == 64
    assert "ms3: masks 8-bit gray" in opened.notes and "s4: sound in 3 wav" in opened.notes
    for folder in ("Single-source", "Multi-sources"):
        assert len(open_avsbench_object(tmp_path / folder).entries) == 3
    with pytest.raises(InputError, match=r"holds neither s4_meta_data\.csv nor ms3_meta_data\.csv"):
        open_avsbench_object(tmp_path / "Single-source" / "s4_data")


def test_audio_that_is_too_short_is_padded_with_silence_and_too_long_is_cut(miniature, tmp_path):
    short = open_avsbench_object(miniature("s4", folder=tmp_path / "short", seconds=3.5))
    waveform = short.read(short.entries[0]).waveform
    assert (waveform[0, :56000] == 0.25).all() and (waveform[0, 56000:] == 0).all() and waveform.shape == (1, 80000)
    long = open_avsbench_object(miniature("s4", folder=tmp_path / "long", seconds=7))
    assert long.read(long.entries[0]).waveform.shape == (1, 80000)


def test_without_a_wav_file_the_audio_of_the_video_is_read(miniature, draw_clip):
    root = miniature("s4")
    opened = open_avsbench_object(root)
    wav = opened.entries[0].sources[0].path
    assert wav_path(opened.entries[0]) == wav
    wav.unlink()
    video = root / "Single-source/s4_data/raw_videos/train/dog_barking/train-dog_1000.mp4"
    draw_clip(video, seconds=5, volume=0.25)
    again = open_avsbench_object(root)
    entry = again.entries[0]
    assert entry.sources[0].path == video and wav_path(entry) == wav
    clip = again.read(entry)
    assert clip.sample_rate_hz == 32000 and clip.waveform.shape == (2, 160000) and abs(clip.waveform).max() > 0.2
    assert "s4: sound in 1 mp4, 2 wav" in again.notes


def test_a_video_without_audio_is_named(miniature, draw_clip):
    root = miniature("ms3")
    wav = open_avsbench_object(root).entries[0].sources[0].path
    wav.unlink()
    draw_clip(root / "Multi-sources/ms3_data/raw_videos/train_ms.mp4", sounds=False)
    opened = open_avsbench_object(root)
    with pytest.raises(NoAudioError, match=r"raw_videos/train_ms\.mp4 has no sound track, and no other file"):
        opened.read(opened.entries[0])


def test_a_video_that_is_named_twice_is_one(miniature):
    root = miniature("ms3")
    table = root / "Multi-sources/ms3_meta_data.csv"
    table.write_text(table.read_text() + "train_ms,train\n\n")
    assert len(open_avsbench_object(root).entries) == 3


def test_a_pickled_log_mel_is_never_loaded(miniature):
    root = miniature("s4")
    wav = open_avsbench_object(root).entries[0].sources[0].path
    wav.unlink()
    pickled = root / "Single-source/s4_data/audio_log_mel/train/dog_barking/train-dog_1000.pkl"
    pickled.parent.mkdir(parents=True)
    pickled.write_bytes(b"cos\nsystem\n(S'echo this must never run'\ntR.")
    opened = open_avsbench_object(root)
    with pytest.raises(InputError, match=r"train-dog_1000\.pkl is a pickled log-mel.*ravs datasets extract-audio"):
        opened.read(opened.entries[0])


@pytest.mark.parametrize("kind", ["frame", "mask", "sound"])
def test_a_file_that_is_missing_is_named(miniature, kind):
    opened = open_avsbench_object(miniature("s4"))
    (entry,) = opened.select("test")
    path = [path for found, path in opened.files(entry) if found == kind][-1]
    path.unlink()
    with pytest.raises(InputError, match=f"{path} is missing"):
        opened.read(entry)


def test_a_broken_wav_is_named_with_its_folder(miniature):
    opened = open_avsbench_object(miniature("s4"))
    path = opened.entries[0].sources[0].path
    path.write_bytes(b"no sound")
    with pytest.raises(DecodeError, match=f"{path.parent}/{path.name}: cannot be decoded"):
        opened.read(opened.entries[0])


def test_frames_of_two_sizes_in_one_clip_are_refused(miniature, miniatures):
    opened = open_avsbench_object(miniature("ms3"))
    entry = opened.entries[0]
    miniatures.save_image(entry.frames[2], 30, size=18)
    with pytest.raises(InputError, match=r"train_ms\.mp4_3\.png and train_ms\.mp4_1\.png are 18x18 and 16x16 pixels"):
        opened.read(entry)


def test_a_mask_of_another_size_is_resized_to_the_frame_by_nearest_pixels(miniature, miniatures):
    opened = open_avsbench_object(miniature("ms3"))
    entry = opened.entries[0]
    miniatures.save_mask(entry.masks[0], miniatures.quarters(0, 255, 0, 0, size=48), "L")
    np.testing.assert_array_equal(opened.read(entry).masks[0], miniatures.quarters(0, 1, 0, 0))
