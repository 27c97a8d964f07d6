"""Files of AVSBench-semantic's videos, as published and in the layouts of later papers.

DDESeg's layout has a row and a wav file for each frame; COMBO's has smaller frames.
Source: dataload of YenanLiu/DDESeg (1a7715c), avs_tools of yannqi/COMBO-AVS (01492c1).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from ravs.data.datasets.base import AudioSource
from ravs.data.datasets.metadata import find_folders_with, names_in_folder
from ravs.errors import InputError

METADATA_FILE = "metadata.csv"  # as published
LABEL_FOLDERS = ("labels_semantic", "labels_rgb")  # in order of preference
SUBSET_SECONDS = {"v1s": 5, "v1m": 5, "v2": 10}
FIRST_SECOND_ONLY = ("v1s", "train")  # only first seconds are labelled
FRAME_METADATA_FILE = "metadata_w_silent.csv"  # DDESeg's of AVSBench-semantic
VPO_CLEAN_FILE = "vpo_data_clean.csv"  # DDESeg's of VPO
PROCESSED = "processed_frames"  # COMBO's; VCT's ends in _384

Row = Mapping[str, str]


class VideoFiles(NamedTuple):
    """The files of a video, by second."""

    frames: tuple[Path, ...]
    masks: tuple[Path | None, ...]
    sources: tuple[AudioSource, ...]


def published_files(video_folder: Path, row: Row) -> VideoFiles:
    """The files of a video in the published layout."""
    names = _frame_names(video_folder, row["label"])
    first_only = (row["label"], row["split"]) == FIRST_SECOND_ONLY
    masks = [None if first_only and second else mask for second, mask in enumerate(_mask_paths(video_folder, names))]
    frames = tuple(video_folder / "frames" / name for name in names)
    return VideoFiles(frames, tuple(masks), (AudioSource(video_folder / "audio.wav"),))


def _mask_paths(video_folder: Path, names: Sequence[str]) -> list[Path]:
    """A mask for each frame, in the first label folder that has the first of them, else in the first that exists."""
    masks = [f"{name.rpartition('.')[0]}.png" for name in names]
    folders = [video_folder / name for name in LABEL_FOLDERS]
    with_masks = [folder for folder in folders if (folder / masks[0]).is_file()]
    folder = (with_masks or [folder for folder in folders if folder.is_dir()] or folders)[0]
    return [folder / mask for mask in masks]


def _frame_names(video_folder: Path, subset: str) -> list[str]:
    """The file names of a video's frames; for unpublished subsets (composed ones), the folder is listed."""
    if subset in SUBSET_SECONDS:
        return [f"{second}.jpg" for second in range(SUBSET_SECONDS[subset])]
    names = [name for name in names_in_folder(video_folder / "frames") if name.partition(".")[0].isdigit()]
    if not names:
        table = video_folder.parent.parent / METADATA_FILE
        raise InputError(f"{video_folder / 'frames'}: holds no frame; {table} names the video")
    return sorted(names, key=lambda name: int(name.partition(".")[0]))


def group_by_video(table: Path, rows: Iterable[Row]) -> list[tuple[dict[str, str], frozenset[int]]]:
    """Group rows of frames, whose uid is UID_NUMBER: a row for each video, in order, and the numbers of its frames.

    Raises: InputError for a uid without a number.
    """
    videos: dict[tuple[str, str, str], tuple[dict[str, str], set[int]]] = {}
    for row in rows:
        uid, _, number = row["uid"].rpartition("_")
        if not uid or not number.isdecimal():
            raise InputError(f"{table}: uid {row['uid']!r} does not end in the number of a frame, as in abc_0_5000_3")
        first, numbers = videos.setdefault((row["label"], uid, row["split"]), ({**row, "uid": uid, "a_obj": ""}, set()))
        numbers.add(int(number))
        names = [name for name in (*first["a_obj"].split("_"), *row["a_obj"].split("_")) if name]
        first["a_obj"] = "_".join(dict.fromkeys(names))
    return [(row, frozenset(numbers)) for row, numbers in videos.values()]


def frame_files(video_folder: Path, numbers: frozenset[int]) -> VideoFiles:
    """The files of a video in DDESeg's layout, from second 0 to the last one listed or with both image and audio.

    Args:
        video_folder: the video's folder.
        numbers: the seconds with a row in the metadata; others are not labelled.
    """
    images, audio_files = (names_in_folder(video_folder / name) for name in ("frames", "audios"))
    complete = {int(name[:-4]) for name in audio_files if name[:-4].isdecimal() and f"{name[:-4]}.jpg" in images}
    seconds = range(max(numbers | complete) + 1)
    return VideoFiles(
        frames=tuple(video_folder / "frames" / f"{second}.jpg" for second in seconds),
        masks=tuple(
            video_folder / "labels_semantic" / f"{second}.png" if second in numbers else None for second in seconds
        ),
        sources=tuple(AudioSource(video_folder / "audios" / f"{second}.wav") for second in seconds),
    )


def refuse_processed_frames(video_folders: Sequence[Path]) -> None:
    """Raise InputError if the first video has only the smaller frames of COMBO or VCT, not the published ones."""
    names = names_in_folder(video_folders[0]) if video_folders else frozenset()
    processed = sorted(name for name in names if name.startswith(PROCESSED))
    if processed and "frames" not in names:
        end = processed[0].removeprefix(PROCESSED)
        fetch = "" if "audio.wav" in names else ", and fetch audio.wav of the published set (audio.pkl is never loaded)"
        raise InputError(
            f"{video_folders[0]}: has no frames, but {processed[0]}, which COMBO and VCT make of them (in training the "
            f"middle alone): fetch the published set; or, to read theirs, rename {processed[0]} to frames and "
            f"processed_labels_semantic{end} to labels_semantic in every video{fetch}"
        )


def unsupported_layouts(root: Path) -> Iterator[str]:
    """A message for each unsupported copy of a data set in a folder, or up to two levels below it."""
    for _, folder in find_folders_with(root, (VPO_CLEAN_FILE,)):
        yield (
            f"{folder / VPO_CLEAN_FILE} is of DDESeg's copy of VPO, which is not read: give VPO as CAVP published it, "
            "with vpo_ss_data_stereo.csv, data and mask; or bring the copy into the form of AVSBench-semantic: "
            "metadata.csv with columns uid, label (from type), split and a_obj; label2idx.json with 22 classes and "
            "values from 0; LABEL/UID/frames/0.jpg, LABEL/UID/labels_semantic/0.png and LABEL/UID/audio.wav (from "
            "stereo_audio.wav)"
        )
