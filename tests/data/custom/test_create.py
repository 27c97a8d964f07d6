"""A data set of one's own, read back as AVSBench-semantic."""

import csv
import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ravs.data.custom import create
from ravs.data.custom.create import create_dataset
from ravs.data.custom.frames_to_label import write_frames
from ravs.data.custom.label_source import Video, check_names
from ravs.data.custom.mask_folder import MaskFolder
from ravs.data.datasets.check import check_dataset
from ravs.data.datasets.find_dataset import find_dataset
from ravs.errors import DecodeError, InputError, RavsError
from ravs.media import read_clips, write_video

SIZE = (32, 48)


@pytest.fixture
def masks(tmp_path):
    """masks(**seconds): a folder of masks, a value for each second that has one; dog is 1, cat 2."""

    def write(root=tmp_path / "masks", **seconds):
        root.mkdir(exist_ok=True)
        (root / "classes.txt").write_text("dog\ncat\n")
        for name, values in seconds.items():
            for second, value in values.items():
                mask = np.full(SIZE, value, np.uint8)
                mask[:16] = 0
                Image.fromarray(mask).save(root / f"{name}_{second}.png")
        return root

    return write


def created(out, videos, root, **more):
    splits = {video.name: "train" for video in videos} | {"b": "val"}
    return create_dataset(out, videos, MaskFolder(root, videos), splits, **more)


def rows_of(out):
    with (out / "metadata.csv").open() as file:
        return list(csv.DictReader(file))


def test_a_set_has_frames_audio_and_masks_of_each_labelled_clip(tmp_path, videos, masks):
    made = created(tmp_path / "set", videos, masks(a={0: 1, 1: 0, 4: 2, 5: 1}, b={1: 2}))
    assert (made.labelled, made.silent, made.failed, made.unlabelled, made.unused_labels) == (5, 1, [], [], [])
    rows = rows_of(tmp_path / "set")
    assert [(row["uid"], row["split"], row["label"], row["a_obj"]) for row in rows] == [
        ("a_0_5000", "train", "own", "dog_cat"),
        ("a_5000_7000", "train", "own", "dog"),  # half a second at the end counts as a second
        ("b_0_2000", "val", "own", "cat"),
    ]
    assert list(json.loads((tmp_path / "set/label2idx.json").read_text())) == ["background", "dog", "cat"]
    found = find_dataset(tmp_path / "set")
    assert found.classes == ("background", "dog", "cat") and check_dataset(found).problems == ()
    whole, rest, other = (found.read(entry) for entry in found.entries)
    assert [int(mask[-1, 0]) for mask in whole.masks] == [1, 0, 255, 255, 2]
    assert [int(mask[-1, 0]) for mask in rest.masks] == [1, 255] and not rest.masks[0, :16].any()
    (seen, *_) = read_clips(videos[0].path, window=5)  # as ravs segment reads it
    assert np.abs(whole.frames.astype(int) - seen.frames).mean() < 3  # JPEG
    np.testing.assert_allclose(whole.waveform, seen.waveform, atol=1 / 32768)
    assert (other.sample_rate_hz, len(other)) == (32000, 2)


def test_frames_are_those_at_the_end_of_each_second_by_their_times(tmp_path, masks):
    times = [Fraction(0), Fraction(3, 10), Fraction(8, 10), Fraction(11, 10), Fraction(19, 10), Fraction(2)]
    grays = ((np.full((*SIZE, 3), 40 * index, np.uint8), time) for index, time in enumerate(times))
    sound = (np.zeros((1, 3 * 8000), np.float32), 8000)
    write_video(tmp_path / "odd.mp4", grays, end_s=Fraction(3), sound=sound, threads=1)
    video = Video(tmp_path / "odd.mp4", (tmp_path / "odd").relative_to(tmp_path))
    created(tmp_path / "set", [video], masks(odd={0: 1}))
    (entry,) = find_dataset(tmp_path / "set").entries
    shown = [Image.open(path).getpixel((20, 20))[0] for path in entry.frames]
    assert [round(gray / 40) for gray in shown] == [2, 4, 5]


def test_made_again_it_has_the_new_content_and_another_folder_is_not_touched(tmp_path, videos, masks):
    out = tmp_path / "set"
    root = masks(a={0: 1}, b={0: 1})
    created(out, videos, root)
    (root / "b_0.png").unlink()
    made = created(out, videos, root, seconds=3)
    assert made.unlabelled == ["b"] and [row["uid"] for row in rows_of(out)] == ["a_0_3000"]
    assert sorted(path.name for path in (out / "own").iterdir()) == ["a_0_3000"]
    (out / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="holds something other than a set made by ravs datasets create"):
        created(out, videos, root)
    assert (out / "notes.txt").exists()


def test_a_mistake_leaves_the_set_that_is_there(tmp_path, videos, masks):
    out, root = tmp_path / "set", masks(a={0: 1})
    created(out, videos, root)
    before = sorted(out.rglob("*"))
    masks(a={1: 9})
    with pytest.raises(InputError, match=r"a_1\.png .* holds value 9"):
        created(out, videos, root)
    assert sorted(out.rglob("*")) == before and not (tmp_path / ".set.part").exists()


def test_a_video_that_cannot_be_read_or_has_no_audio_is_skipped_by_name(tmp_path, videos, masks, draw_clip):
    (tmp_path / "broken.mp4").write_bytes(videos[0].path.read_bytes()[:4000])
    draw_clip(tmp_path / "mute.mp4", seconds=1, sounds=False)
    wrong = [Video(tmp_path / f"{n}.mp4", (tmp_path / n).relative_to(tmp_path)) for n in ("broken", "mute")]
    root = masks(a={0: 1}, broken={0: 1}, mute={0: 1})
    made = created(tmp_path / "set", [*wrong, *videos], root)
    assert [row["vid"] for row in rows_of(tmp_path / "set")] == ["a"]
    assert "broken.mp4: left out: " in made.failed[0] and "mute.mp4: left out: " in made.failed[1]
    assert made.as_text().splitlines()[2:4] == [
        "without a label, and left out: b",
        f"{made.out}: videos (clips): train 1 (1)",
    ]
    with pytest.raises(RavsError, match=r"no video could be read: .*broken\.mp4: left out"):
        created(tmp_path / "none", wrong, root)


def test_nothing_is_left_of_a_video_that_breaks_off_after_its_first_clips(tmp_path, videos, masks, monkeypatch):
    clips = create.read_clips

    def reading(path, **more):
        yield next(clips(path, **more))
        if path.stem == "b":
            raise DecodeError("b.mp4: cannot be decoded after 0:01")

    monkeypatch.setattr(create, "read_clips", reading)
    made = created(tmp_path / "set", videos, masks(a={0: 1}, b={0: 1}), seconds=1)
    assert made.failed == [f"{videos[1].path}: left out: cannot be decoded after 0:01"]
    assert [path.name for path in (tmp_path / "set/own").iterdir()] == ["a_0_1000"]
    assert made.labelled == 1


def test_labels_of_no_second_and_nothing_to_train_on_are_reported(tmp_path, videos, masks):
    root = masks(a={0: 1, 7: 1})
    assert created(tmp_path / "set", videos, root).unused_labels == [str(root / "a_7.png")]
    (root / "a_0.png").unlink()
    with pytest.raises(
        InputError, match=r"no second of a, b has a label \(labels of other frames: .*a_7\.png\): labels belong"
    ):
        created(tmp_path / "none", videos, root)
    with pytest.raises(InputError, match="all 1 clips are in val or test: give a smaller --val"):
        created(tmp_path / "none", videos, masks(root=tmp_path / "other", b={0: 1}))
    with pytest.raises(InputError, match="--seconds is 0"):
        created(tmp_path / "none", videos, root, seconds=0)
    assert not (tmp_path / "none").exists()


def test_two_videos_of_one_name_are_refused():
    videos = [Video(Path(f"{name}.mp4"), Path(name)) for name in ("a/b", "a_b")]
    with pytest.raises(InputError, match=r"a/b\.mp4 and a_b\.mp4 would both be called 'a_b': rename one"):
        check_names(videos)


def test_frames_to_be_labelled_are_those_of_the_set(tmp_path, videos, masks):
    (tmp_path / "broken.mp4").write_bytes(b"no video")
    broken = Video(tmp_path / "broken.mp4", Path("broken"))
    written, (failed,) = write_frames(tmp_path / "frames", [broken, *videos])  # which does not stop the others
    assert written == 7 + 2 and "broken.mp4: left out: " in failed
    assert sorted(path.name for path in (tmp_path / "frames").iterdir())[:2] == ["a_0.png", "a_1.png"]
    created(tmp_path / "set", videos, masks(a={0: 1}))
    entry = find_dataset(tmp_path / "set").entries[0]
    with Image.open(entry.frames[4]) as one, Image.open(tmp_path / "frames/a_4.png") as other:
        assert np.abs(np.asarray(one).astype(int) - np.asarray(other)).mean() < 3
    with pytest.raises(InputError, match=r"a_0\.png is there already"):
        write_frames(tmp_path / "frames", videos)
