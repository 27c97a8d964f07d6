"""The choice of validation videos."""

from pathlib import Path

import pytest

from ravs.data.custom.label_source import Video
from ravs.data.custom.validation_split import draw_split, split_videos
from ravs.errors import InputError

NAMES = [f"video {number}" for number in range(400)]


def test_a_share_of_the_names_validates_and_another_seed_takes_others():
    chosen = [{name for name in NAMES if draw_split(name, 0.2, seed) == "val"} for seed in (0, 1)]
    assert all(50 <= len(one) <= 110 for one in chosen) and len(chosen[0] & chosen[1]) < 40  # 80 expected, and 16
    assert {draw_split(name, 0.0, 0) for name in NAMES} == {"train"}


def test_a_video_more_or_a_larger_share_moves_none_out_of_val():
    few, more = ({name: draw_split(name, share, 0) for name in NAMES} for share in (0.1, 0.3))
    assert all(more[name] == "val" for name in NAMES if few[name] == "val")
    videos = [Video(Path(f"{name}.mp4"), Path(name)) for name in NAMES]
    assert split_videos(videos[:50], 0.1, 0, None) == {name: few[name] for name in NAMES[:50]}


def test_a_file_says_which_video_is_where(tmp_path):
    videos = [Video(Path("x/a.mp4"), Path("a")), Video(Path("x/b.mp4"), Path("b"))]
    file = tmp_path / "split.csv"
    file.write_text("name,split\nb.mp4,Test\n\na,train\nc,val\n")
    assert split_videos(videos, 0.2, 0, file) == {"a": "train", "b": "test"}
    for text, message in (
        ("a,train\n", "no line for b: add"),
        ("a,train\nb;val\n", "line 2: write NAME,SPLIT"),
        ("a,train\nb,val\na.mp4,val\n", "line 3: a is in train already: give each video one split"),
    ):
        file.write_text(text)
        with pytest.raises(InputError, match=message):
            split_videos(videos, 0.2, 0, file)
    with pytest.raises(InputError, match=r"none\.csv: cannot be read as lines"):
        split_videos(videos, 0.2, 0, tmp_path / "none.csv")
    with pytest.raises(InputError, match="--val is 1; it must be a share"):
        split_videos(videos, 1.0, 0, None)
