"""Checking a set: a clean one has no problem, and each fault is found under its path."""

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from ravs.data.composition.clip_writer import ComposedSetSettings, compose_set
from ravs.data.datasets.check import check_dataset
from ravs.data.datasets.constants import PUBLISHED_COUNTS
from ravs.data.datasets.find_dataset import find_dataset
from ravs.errors import DecodeError, InputError


def problems(root):
    """(path below the root, kind) of each."""
    return [(str(found.path.relative_to(root)), found.kind) for found in check_dataset(find_dataset(root)).problems]


def texts(root):
    return {str(found.path.relative_to(root)): found.text for found in check_dataset(find_dataset(root)).problems}


def cut(path, share=0.6):
    """Leave the first part of a file."""
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])


@pytest.fixture(scope="module")
def made(library, tmp_path_factory):
    """A composed set of two clips."""
    folder = tmp_path_factory.mktemp("composed")
    settings = ComposedSetSettings(split="val", seed=3, size=32, classes=library.classes, licence="any")
    compose_set(folder, library, settings, subsets=("ms",), count=2)
    return folder


@pytest.fixture
def composed(made, tmp_path):
    """A copy of that set."""
    return Path(shutil.copytree(made, tmp_path, dirs_exist_ok=True))


@pytest.mark.parametrize("name", ["s4", "ms3", "avss", "vpo"])
def test_a_clean_set_has_no_problem(miniature, name):
    assert problems(miniature(name)) == []


def test_a_clean_composed_set_has_no_problem_either(composed):
    assert problems(composed) == []


def test_what_is_there_is_counted_beside_what_was_published(miniature):
    report = check_dataset(find_dataset(miniature("s4")))
    train, val, test = report.counts
    assert (train.videos, train.frames, train.labelled, train.masks) == (1, 5, 1, 1)
    assert (val.videos, val.frames, val.labelled, val.masks) == (1, 5, 5, 5)
    assert [count.published for count in (train, val, test)] == [3452, 740, 740]
    assert test.classes == ("sounding",)


def test_parts_with_fewer_or_more_videos_than_published_are_told_and_are_no_fault(miniature, monkeypatch):
    monkeypatch.setitem(PUBLISHED_COUNTS, ("ms3", "train"), 0)
    monkeypatch.setitem(PUBLISHED_COUNTS, ("ms3", "test"), 1)
    lines = check_dataset(find_dataset(miniature("ms3"))).as_text().splitlines()
    assert lines[-3:] == [
        "fewer videos than published: ms3 val 1 of 64",
        "more videos than published: ms3 train 1 of 0",
        "nothing wrong",
    ]


def test_every_part_that_was_published_has_its_row_though_the_metadata_name_none_of_it(miniature):
    root = miniature("avss", subsets=("v1m",))
    videos = {(count.subset, count.split): count.videos for count in check_dataset(find_dataset(root)).counts}
    assert len(videos) == 9 and videos["v1m", "val"] == 1 and videos["v2", "test"] == 0


def test_classes_are_those_that_the_masks_show(miniature):
    counts = {(count.subset, count.split): count for count in check_dataset(find_dataset(miniature("vpo"))).counts}
    assert counts["VPO-SS", "train"].classes == ("airplane", "car")  # neither background nor 255
    assert (counts["VPO-MS", "test"].videos, counts["VPO-MS", "test"].published) == (0, 1437)


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


def test_a_value_or_colour_that_is_no_class_is_named(miniature, miniatures):
    root = miniature("avss", subsets=("v1m",))
    labels = root / "v1m/v1mval_0_5000/labels_semantic"
    miniatures.save_mask(labels / "0.png", miniatures.quarters(0, 71, 255, 1, size=24), "L")
    Image.new("RGB", (24, 24), (9, 9, 9)).save(labels / "1.png")
    found = texts(root)
    assert len(found) == 2
    assert "value 71" in found["v1m/v1mval_0_5000/labels_semantic/0.png"]
    assert "(9, 9, 9)" in found["v1m/v1mval_0_5000/labels_semantic/1.png"]


def test_sizes_that_differ_are_named_with_both(miniature, miniatures):
    root = miniature("avss", subsets=("v1m",))
    home = root / "v1m/v1mval_0_5000"
    miniatures.save_picture(home / "frames/2.jpg", 20, size=32)  # the mask then differs from its frame as well
    miniatures.save_mask(home / "labels_semantic/4.png", miniatures.quarters(0, 1, 1, 0, size=16), "L")
    assert texts(root) == {
        "v1m/v1mval_0_5000/frames/2.jpg": "32×32 pixels; the video's first frame has 24×24",
        "v1m/v1mval_0_5000/labels_semantic/2.png": "24×24 pixels; its frame has 32×32",
        "v1m/v1mval_0_5000/labels_semantic/4.png": "16×16 pixels; its frame has 24×24",
    }


@pytest.mark.parametrize(("name", "table"), [("s4", "s4_meta_data.csv"), ("avss", "metadata.csv")])
def test_a_name_that_the_metadata_have_twice_is_named(miniature, name, table):
    root = miniature(name)
    path = next(root.rglob(table))
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines, lines[-1]]) + "\n")
    ((where, kind),) = problems(root)
    assert kind == "twice" and where in ("s4/dog_barking/test-dog_1000", "v2/v2test_0_5000")
    assert len(find_dataset(root).entries) == len(lines) - 1


def test_files_that_nothing_names_are_odd_and_hidden_ones_are_passed_over(miniature, miniatures):
    root = miniature("s4")
    frames = next(root.rglob("visual_frames/val/*/*/"))
    miniatures.save_picture(frames / "other.png", 3)
    (frames / ".DS_Store").write_text("")
    masks = next(root.rglob("gt_masks/train/*/*/"))
    miniatures.save_mask(masks / f"{masks.name}_2.png", miniatures.quarters(0, 0, 0, 1), "L")  # training has but one
    odd = {str(path.relative_to(root)) for path in (frames / "other.png", masks / f"{masks.name}_2.png")}
    assert dict(problems(root)) == dict.fromkeys(odd, "odd")


def test_sound_that_is_missing_short_or_broken_is_named(miniature, miniatures):
    root = miniature("avss", subsets=("v1m",))
    train, val, test = (root / f"v1m/v1m{split}_0_5000/audio.wav" for split in ("train", "val", "test"))
    train.unlink()
    miniatures.save_sound(val, 0.125, 4)
    test.write_bytes(b"RIFF and no more")
    found = texts(root)
    assert found[str(train.relative_to(root))] == "missing (sound)"
    assert found[str(val.relative_to(root))] == "4.00 s of sound for 5 s of frames"
    assert found[str(test.relative_to(root))].startswith("truncated or damaged sound: ")
    miniatures.save_sound(test, 0, 0)
    assert texts(root)[str(test.relative_to(root))] == "empty: no sound in it"
    miniatures.save_sound(test, 0, 4.95)  # codecs cut at their own blocks
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


def test_a_part_whose_masks_are_all_unknown_is_told(miniature, miniatures):
    root = miniature("avss", subsets=("v1m",))
    miniatures.fill_masks(root, "val", 255)
    (found,) = check_dataset(find_dataset(root)).problems
    assert (found.path, found.text) == (root, "v1m val: every mask holds 255 alone: nothing is labelled")


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["s4", "avss", "vpo"])
def test_a_sound_with_a_sample_that_is_not_finite_is_named_with_its_time_and_not_read(miniature, miniatures, name, bad):
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
def test_where_only_a_pickle_has_the_sound_the_way_out_is_told_and_it_is_not_loaded(miniature, name):
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
def test_a_mask_of_what_sounds_that_was_resized_with_blending_is_named_with_its_values(miniature, name, mode):
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
        picture = Image.fromarray(np.repeat(np.array([values], np.uint8), 8, axis=1).repeat(16, axis=0))
        picture.convert("RGB" if mode == "RGB" else "L").save(path)
        assert len(texts(root)) == count


def test_a_recording_that_many_share_is_one_problem(miniature):
    root = miniature("vpo")
    path = root / "vggsound_bench/VGGSound/audios/car_000001.wav"
    path.unlink()
    assert problems(root) == [(str(path.relative_to(root)), "missing")]


def test_a_composed_video_that_is_cut_off_is_found_though_its_header_promises_all(composed):
    cut(composed / "ms/001/video.mp4", 0.7)
    assert ("ms/001/video.mp4", "truncated") in problems(composed)


def test_masks_of_a_composed_set_are_held_against_its_classes_and_its_video(composed):
    Image.fromarray(np.full((32, 32), 99, np.uint8)).save(composed / "ms/000/masks/1.png")
    cv2.imwrite(str(composed / "ms/000/masks/2.png"), np.zeros((16, 16), np.uint8))
    found = texts(composed)
    assert "value 99" in found["ms/000/masks/1.png"]
    assert found["ms/000/masks/2.png"] == "16×16 pixels; its frame has 32×32"


def test_the_report_reads_as_text_and_as_plain_values(miniature):
    root = miniature("s4")
    frame = next(root.rglob("visual_frames/val/*/*/*_4.png"))
    frame.unlink()
    report = check_dataset(find_dataset(root))
    lines = report.as_text().splitlines()
    assert lines[0] == f"{root}: AVSBench-object"
    assert any(line.split() == ["s4", "train", "1", "3,452", "5", "1", "1", "1"] for line in lines)
    assert lines[-2:] == [f"{frame}: missing (frame)", "1 problem"]
    values = report.as_json()
    assert values["problems"] == [{"path": str(frame), "kind": "missing", "text": "missing (frame)"}]
    assert values["counts"][0]["published"] == 3452


def test_progress_hears_of_all_files_whatever_the_number_of_threads(miniature):
    opened, heard = find_dataset(miniature("avss")), []
    reports = [check_dataset(opened, jobs, lambda done, total: heard.append((done, total))) for jobs in (1, 3)]
    assert reports[0] == reports[1]
    assert heard[-1][0] == heard[-1][1] == len(heard) // 2


def test_a_recording_that_lost_its_end_is_found_however_little(miniature):
    data = miniature("vpo")
    wav = data / "vggsound_bench/VGGSound/audios/car_000001.wav"
    wav.write_bytes(wav.read_bytes()[:-100])
    problems = check_dataset(find_dataset(data)).problems
    assert [(problem.kind, problem.path) for problem in problems] == [("truncated", wav)]
