"""Files in a data set that are not in its metadata, and those that are expected there."""

import shutil

import pytest

from ravs.data.composition.clip_writer import ComposedSetSettings, compose_set
from ravs.data.datasets.avsbench_semantic import open_avsbench_semantic
from ravs.data.datasets.find_dataset import find_dataset
from ravs.data.datasets.unexpected_files import find_unexpected_files


def odd(root):
    """Text by path below the root."""
    found = list(find_unexpected_files(find_dataset(root)))
    assert len({one.path for one in found}) == len(found) and {one.kind for one in found} <= {"odd"}
    return {str(one.path.relative_to(root)): one.text for one in found}


FILE, FOLDER = "odd: this file is not in the metadata", "odd: this folder is not in the metadata"


def test_a_video_that_the_metadata_do_not_name_is_one_line_for_each_folder(miniature):
    root = miniature("s4")
    data = root / "Single-source/s4_data"
    for part in ("visual_frames", "gt_masks"):
        shutil.copytree(data / part / "val/dog_barking/val-dog_1000", data / part / "val/dog_barking/ghost")
    shutil.copy(data / "audio_wav/val/dog_barking/val-dog_1000.wav", data / "audio_wav/val/dog_barking/ghost.wav")
    (data / "visual_frames/val/nothing in it").mkdir()
    below = "Single-source/s4_data"
    assert odd(root) == {
        f"{below}/visual_frames/val/dog_barking/ghost": FOLDER,
        f"{below}/gt_masks/val/dog_barking/ghost": FOLDER,
        f"{below}/audio_wav/val/dog_barking/ghost.wav": FILE,
    }


@pytest.mark.parametrize(
    ("name", "wrong", "right"),
    [
        ("s4", "Single-source/s4_data/gt_masks/test/dog_barking", "Single-source/s4_data/gt_masks/val/dog_barking"),
        ("ms3", "Multi-sources/ms3_data/gt_masks/test", "Multi-sources/ms3_data/gt_masks/val"),
    ],
)
def test_masks_in_the_folder_of_another_split_are_reported_with_where_they_belong(miniature, name, wrong, right):
    root = miniature(name)
    video = next((root / right).iterdir()).name
    shutil.move(root / right / video, root / wrong / video)
    assert odd(root) == {f"{wrong}/{video}": f"{FOLDER}; {video} belongs in {root / right}"}


@pytest.mark.parametrize("name", ["s4", "ms3"])
def test_raw_videos_log_mels_and_hidden_files_are_companions(miniature, name):
    root = miniature(name)
    data = next(root.glob("*/*_data"))
    for place in ("raw_videos/a.mp4", "audio_log_mel/train/a.pkl", "gt_masks/.DS_Store", "audio_wav/._a.wav"):
        (data / place).parent.mkdir(parents=True, exist_ok=True)
        (data / place).write_bytes(b"any")
    assert odd(root) == {}


def test_a_wav_that_is_made_later_is_not_unexpected_where_the_audio_comes_from_a_video(miniature):
    root = miniature("ms3")
    opened = find_dataset(root)
    wav = opened.wav_of(opened.entries[0])
    kept = wav.read_bytes()
    wav.unlink()
    opened.video_of(opened.entries[0]).parent.mkdir()
    opened.video_of(opened.entries[0]).write_bytes(b"any")
    opened = find_dataset(root)
    wav.write_bytes(kept)
    assert list(find_unexpected_files(opened)) == []


def test_in_avsbench_semantic_unlisted_videos_and_files_are_unexpected_and_derived_ones_are_not(miniature, miniatures):
    root = miniature("avss", subsets=("v1m",))
    home = root / "v1m/v1mval_0_5000"
    shutil.copytree(home, root / "v1m/ghost_0_5000")
    shutil.copytree(home, root / "v2/ghost_0_10000")  # of a subset that the metadata do not name at all
    for place in ("labels_rgb/0.png", "processed_frames/0.jpg", "processed_labels_semantic_384/0.png", "audio.pkl"):
        miniatures.save_image(home / place.replace(".pkl", ".png"), 3)
    (home / "audio.png").rename(home / "audio.pkl")
    for place in ("pre_SAM_mask/0_mask_color.png", "audios/0.wav", "raw.MP4", ".DS_Store", "Thumbs.db", "old/0.png"):
        (home / place).parent.mkdir(exist_ok=True)
        (home / place).write_bytes(b"any")
    (home / "labels_semantic/5.png").write_bytes(b"any")
    assert odd(root) == {
        "v1m/ghost_0_5000": FOLDER,
        "v1m/v1mval_0_5000/Thumbs.db": FILE,
        "v1m/v1mval_0_5000/labels_semantic/5.png": FILE,
        "v1m/v1mval_0_5000/old": FOLDER,
        "v2": FOLDER,
    }
    assert {one.path.name for one in find_unexpected_files(open_avsbench_semantic(root, binary=True))} >= {
        "Thumbs.db",
        "ghost_0_5000",
    }


def test_images_and_masks_of_vpo_without_a_row_are_unexpected_and_recordings_are_not(miniature, miniatures):
    root = miniature("vpo")
    miniatures.save_image(root / "VPO/VPO-SS/data/dog/000000000099.jpg", 3)
    miniatures.save_image(root / "VPO/VPO-SS/mask/cat/000000000099_000000000001.png", 3)
    miniatures.save_image(root / "VPO/VPO-MS/mask/000000000099.png", 3)
    miniatures.save_audio(root / "vggsound_bench/VGGSound/audios/other.wav", 0.25)
    assert odd(root) == {
        "VPO/VPO-MS/mask/000000000099.png": FILE,
        "VPO/VPO-SS/data/dog/000000000099.jpg": FILE,
        "VPO/VPO-SS/mask/cat": FOLDER,
    }
    assert (
        list(find_unexpected_files(find_dataset(root / "VPO/VPO-MSMI"))) == []
    )  # the images of VPO-MS belong to another part


def test_a_composed_clip_without_its_metadata_is_unexpected(library, tmp_path):
    settings = ComposedSetSettings(split="val", seed=3, size=32, classes=library.classes, licence="any")
    compose_set(tmp_path, library, settings, subsets=("ms",), count=2)
    assert odd(tmp_path) == {}
    (tmp_path / "ms/000/meta.json").unlink()
    assert odd(tmp_path) == {"ms/000": f"{FOLDER}; it has no meta.json, by which a clip is known: compose it again"}
    (tmp_path / "ms/001/meta.json").unlink()
    assert set(odd(tmp_path)) == {"ms"}
