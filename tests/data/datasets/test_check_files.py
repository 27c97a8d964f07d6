"""Each file that is missing, damaged or holds wrong values is found under its path."""

import shutil

import cv2
import numpy as np
import pytest
from PIL import Image

from ravs.data.datasets.check import check_dataset
from ravs.data.datasets.find_dataset import find_dataset
from ravs.errors import DecodeError, InputError
from support.checks import cut, problems, texts


@pytest.mark.parametrize("labels", ["labels_semantic", "labels_rgb"])
def test_files_that_are_missing_empty_or_cut_off_are_named(miniature, labels):
    root = miniature("avss", subsets=("v1m",), labels=labels)
    home = root / "v1m/v1mval_0_5000"
    (home / "frames/0.jpg").unlink()
    (home / "frames/1.jpg").write_bytes(b"")
    cut(home / "frames/2.jpg")
    cut(home / f"{labels}/3.png")
    (home / f"{labels}/4.png").unlink()
    where = "v1m/v1mval_0_5000"
    assert problems(root) == [
        (f"{where}/frames/0.jpg", "missing"),
        (f"{where}/frames/1.jpg", "empty"),
        (f"{where}/frames/2.jpg", "truncated"),
        (f"{where}/{labels}/3.png", "truncated"),
        (f"{where}/{labels}/4.png", "missing"),
    ]
    count = next(count for count in check_dataset(find_dataset(root)).counts if count.split == "val")
    assert (count.labelled, count.masks) == (5, 3)


def test_a_png_frame_that_is_cut_off_is_named(miniature):
    root = miniature("s4")
    frame = next(root.rglob("visual_frames/val/*/*/*_4.png"))
    cut(frame)
    assert problems(root) == [(str(frame.relative_to(root)), "truncated")]


def test_a_value_or_color_that_is_no_class_is_named(miniature, miniatures):
    root = miniature("avss", subsets=("v1m",))
    labels = root / "v1m/v1mval_0_5000/labels_semantic"
    miniatures.save_mask(labels / "0.png", miniatures.quarters(0, 71, 255, 1, size=24), "L")
    Image.new("RGB", (24, 24), (9, 9, 9)).save(labels / "1.png")
    found = texts(root)
    assert len(found) == 2
    assert "value 71" in found["v1m/v1mval_0_5000/labels_semantic/0.png"]
    assert "(9, 9, 9)" in found["v1m/v1mval_0_5000/labels_semantic/1.png"]


def test_audio_that_is_missing_short_or_broken_is_named(miniature, miniatures):
    root = miniature("avss", subsets=("v1m",))
    train, val, test = (root / f"v1m/v1m{split}_0_5000/audio.wav" for split in ("train", "val", "test"))
    train.unlink()
    miniatures.save_audio(val, 0.125, 4)
    test.write_bytes(b"RIFF and no more")
    found = texts(root)
    assert found[str(train.relative_to(root))] == "missing (sound)"
    assert found[str(val.relative_to(root))] == "4.00 s of sound for 5 s of frames"
    assert found[str(test.relative_to(root))].startswith("truncated or damaged sound: ")
    miniatures.save_audio(test, 0, 0)
    assert texts(root)[str(test.relative_to(root))] == "empty: no sound in it"
    miniatures.save_audio(test, 0, 4.95)  # codecs cut at block boundaries
    assert str(test.relative_to(root)) not in texts(root)


def test_labels_rgb_that_are_missing_damaged_or_not_the_same_as_labels_semantic_are_named(miniature, miniatures):
    root = miniature("avss", subsets=("v1s",))
    miniature("avss", subsets=("v1s",), labels="labels_rgb", folder=root)
    assert problems(root) == []
    home = root / "v1s/v1sval_0_5000/labels_rgb"
    (home / "0.png").unlink()
    (home / "1.png").write_bytes(b"")
    cut(home / "2.png")
    miniatures.save_mask(home / "3.png", miniatures.quarters(0, 70, 17, 2, size=24), "RGB")
    miniatures.save_mask(home / "4.png", miniatures.quarters(0, 70, 17, 1, size=16), "RGB")
    found = {path.rpartition("/")[2]: text for path, text in texts(root).items()}
    assert found["0.png"] == "missing (mask)" and found["1.png"] == "empty: a mask of 0 bytes"
    assert found["2.png"].startswith("truncated or damaged mask")
    assert found["3.png"] == "144 of 576 pixels are of another class than in labels_semantic/3.png"
    assert found["4.png"] == "16×16 pixels; labels_semantic/4.png has 24×24" and len(found) == 5
    shutil.rmtree(root / "v1s/v1stest_0_5000/labels_rgb")
    assert sum(path.startswith("v1s/v1stest") for path, _ in problems(root)) == 5
    counts = {count.split: count.masks for count in check_dataset(find_dataset(root)).counts if count.subset == "v1s"}
    assert counts == {"train": 1, "val": 5, "test": 5}  # of labels_semantic, which is read


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["s4", "avss", "vpo"])
def test_audio_with_a_sample_that_is_not_finite_is_named_with_its_time_and_not_read(miniature, miniatures, name, bad):
    root = miniature(name)
    opened = find_dataset(root)
    entry = opened.entries[0]
    wav = entry.sources[0].path
    samples = np.full(5 * miniatures.RATE_HZ, 0.25, np.float32)
    miniatures.save_floats(wav, samples)
    assert problems(root) == []
    samples[36000] = bad  # 2.25 s
    miniatures.save_floats(wav, samples)
    ((where, text),) = texts(root).items()
    assert where == str(wav.relative_to(root)) and "not finite (NaN or infinity) at 2.250 s" in text
    with pytest.raises(DecodeError, match=rf"{wav.name}.* at 2\.250 s: replace such samples by zeros"):
        opened.read(entry)


@pytest.mark.parametrize("name", ["s4", "avss"])
def test_where_only_a_pickle_has_the_audio_the_remedy_is_named_and_it_is_not_loaded(miniature, name):
    root = miniature(name)
    wav = next(root.rglob("*.wav"))
    pickled = wav.with_suffix(".pkl")
    if name == "s4":
        pickled = root / str(pickled.relative_to(root)).replace("audio_wav", "audio_log_mel")
        pickled.parent.mkdir(parents=True)
    wav.unlink()
    pickled.write_bytes(b"cos\nsystem\n(S'exit 1'\ntR.")  # a pickle that would run a command
    ((where, text),) = texts(root).items()
    assert where in (str(wav.relative_to(root)), str(pickled.relative_to(root)))
    assert "never loaded; the raw video is missing, too" in text and "extract-audio" not in text
    opened = find_dataset(root)
    entry = next(entry for entry in opened.entries if opened.wav_of(entry) == wav)
    with pytest.raises(InputError, match="the raw video is missing, too: fetch it, then make wav files"):
        opened.read(entry)
    video = opened.video_of(entry) or wav.with_name("raw.mp4")
    video.parent.mkdir(parents=True, exist_ok=True)
    video.write_bytes(b"any")
    if name == "avss":  # S4 then reads the video itself
        assert f"never loaded: `ravs datasets extract-audio {root}` makes the wav" in texts(root)[where]
        with pytest.raises(InputError, match="never loaded: make wav files"):
            opened.read(entry)


@pytest.mark.parametrize(("name", "mode"), [("s4", "L"), ("ms3", "L"), ("s4", "RGB"), ("ms3", "1")])
def test_a_binary_mask_that_was_resized_with_blending_is_named_with_its_values(miniature, name, mode):
    root = miniature(name, mode=mode)
    assert problems(root) == []
    opened = find_dataset(root)
    path = opened.entries[-1].masks[1]
    blended = np.zeros((16, 16), np.uint8)
    blended[:, 8:] = np.linspace(9, 255, 8).astype(np.uint8)
    Image.fromarray(blended).convert("RGB" if mode == "RGB" else "L").save(path)
    ((where, text),) = texts(root).items()
    assert where == str(path.relative_to(root)) and text.startswith("values 0, 9, 44, …, 255 (")
    np.testing.assert_array_equal(opened.read_mask(path), blended > 0)
    for values, count in (((0, 1), 0), ((0, 128), int(mode != "RGB")), ((1, 255), 1)):
        image = Image.fromarray(np.repeat(np.array([values], np.uint8), 8, axis=1).repeat(16, axis=0))
        image.convert("RGB" if mode == "RGB" else "L").save(path)
        assert len(texts(root)) == count


def test_a_truncated_composed_video_is_found_though_its_header_lists_all_frames(composed):
    cut(composed / "ms/001/video.mp4", 0.7)
    assert ("ms/001/video.mp4", "truncated") in problems(composed)


def test_masks_of_a_composed_set_are_compared_with_its_classes_and_its_video(composed):
    Image.fromarray(np.full((32, 32), 99, np.uint8)).save(composed / "ms/000/masks/1.png")
    cv2.imwrite(str(composed / "ms/000/masks/2.png"), np.zeros((16, 16), np.uint8))
    found = texts(composed)
    assert "value 99" in found["ms/000/masks/1.png"]
    assert found["ms/000/masks/2.png"] == "16×16 pixels; its frame has 32×32"


def test_a_recording_that_lost_its_end_is_found_however_little(miniature):
    data = miniature("vpo")
    wav = data / "vggsound_bench/VGGSound/audios/car_000001.wav"
    wav.write_bytes(wav.read_bytes()[:-100])
    problems = check_dataset(find_dataset(data)).problems
    assert [(problem.kind, problem.path) for problem in problems] == [("truncated", wav)]
