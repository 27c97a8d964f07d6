"""Create a data set in the format of AVSBench-semantic from videos and labels: OUT/own/VIDEO_START_END and metadata."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

from ravs.config.labels import IGNORE_INDEX
from ravs.data.composition.formats.avss_format import COLUMNS, write_images
from ravs.data.composition.formats.base import label_indices
from ravs.data.custom.creation_report import CreatedRow, CreationReport, check_trainable
from ravs.data.custom.label_source import Instant, Video, is_silent
from ravs.data.custom.open_labels import LabelSource
from ravs.data.mask_files import Labels
from ravs.errors import InputError, RavsError
from ravs.files import atomic_folder, remove, write_atomic
from ravs.media import read_clips, write_wav
from ravs.parallel import ProgressFunction
from ravs.structures.clip import Clip

SUBSET = "own"
CREATED_FILE = "created.json"  # marks a data set that may be replaced
DATASET_NAMES = {SUBSET, CREATED_FILE, "metadata.csv", "label2idx.json"}
QUALITY = 95  # of JPEG frames


def create_dataset(
    out: Path,
    videos: Sequence[Video],
    source: LabelSource,
    splits: dict[str, str],
    *,
    seconds: int = 5,
    progress: ProgressFunction | None = None,
) -> CreationReport:
    """Cut videos into clips of `seconds` seconds and write those with a label; the data set appears atomically.

    In a clip with labels, a second without one is unknown: its mask is 255. Videos that cannot be read are skipped and
    reported.

    Args:
        out: folder of the data set; one made by this function is replaced.
        videos: to be cut, with different names.
        source: their labels.
        splits: train, val or test, by name of the video.
        seconds: length of a clip; the last one of a video may be shorter.
        progress: called with the number of videos done, and of all videos.

    Raises: InputError if `out` contains anything else, a label does not fit, or no second or training clip is labelled.
    """
    if seconds < 1:
        raise InputError(f"--seconds is {seconds}; a clip has at least one")
    check_output_folder(out)
    created = CreationReport(out, source.classes)
    with atomic_folder(out.resolve()) as folder:  # resolved: the lock file is beside it
        try:
            for done, video in enumerate(videos, start=1):
                _add_video(created, folder, video, source, splits[video.name], seconds)
                if progress is not None:
                    progress(done, len(videos))
            check_trainable(created)
        except BaseException:
            remove(folder)  # incomplete
            raise
        write_atomic(folder / "metadata.csv", _metadata_csv(created.rows))
        write_atomic(folder / "label2idx.json", label_indices(created.classes))
        write_atomic(folder / CREATED_FILE, json.dumps({"seconds": seconds, "videos": len(videos)}) + "\n")
    return created


def check_output_folder(out: Path) -> None:
    """Raise InputError unless a folder is empty, missing, or made by `create_dataset`."""
    names = {path.name for path in out.iterdir()} if out.is_dir() else set()
    if out.is_file() or (names and (CREATED_FILE not in names or not names <= DATASET_NAMES)):
        raise InputError(f"{out} holds something other than a set made by ravs datasets create: name a new folder")


def clip_instants(video: Video, clip: Clip, first: int) -> list[Instant]:
    """The instants of a clip that begins with second `first` of its video."""
    numbers = zip(clip.ends_s, clip.frame_indices, strict=True)
    size = (clip.frames.shape[1], clip.frames.shape[2])
    return [Instant(video, first + index, end_s, frame, size) for index, (end_s, frame) in enumerate(numbers)]


def cut_clips(video: Video, seconds: int) -> Iterator[tuple[Clip, list[Instant]]]:
    """The clips of a video with their instants. Raises: as read_clips."""
    first = 0
    with closing(read_clips(video.path, window=seconds)) as clips:  # type: ignore[type-var]
        for clip in clips:
            yield clip, clip_instants(video, clip, first)
            first += len(clip)


def describe_skipped(video: Video, error: RavsError) -> str:
    """A message for a video that could not be read."""
    return f"{video.path}: left out: {str(error).removeprefix(f'{video.path.name}: ')}"


def _add_video(
    created: CreationReport, folder: Path, video: Video, source: LabelSource, split: str, seconds: int
) -> None:
    """Write all clips of a video and add their rows, or none."""
    instants: list[Instant] = []
    rows: list[CreatedRow] = []
    labelled = Counter[str]()
    try:
        for clip, instants_of_clip in cut_clips(video, seconds):
            labels = [source.labels(instant) for instant in instants_of_clip]
            instants += instants_of_clip
            if any(one is not None for one in labels):
                labelled.update("silent" if is_silent(one) else "sounding" for one in labels if one is not None)
                rows.append(_write_clip(folder, clip, instants_of_clip, labels, source.classes, split))
    except InputError:
        raise  # wrong labels, which the user must correct
    except RavsError as error:
        for row in rows:
            remove(folder / SUBSET / row["uid"])
        created.failed.append(describe_skipped(video, error))
        return
    if not rows:
        created.unlabelled.append(video.name)
    created.unused_labels += source.unused_labels(instants)
    created.rows += rows
    created.labelled += labelled.total()
    created.silent += labelled["silent"]


def _write_clip(
    folder: Path,
    clip: Clip,
    instants: Sequence[Instant],
    labels: Sequence[Labels | None],
    classes: tuple[str, ...],
    split: str,
) -> CreatedRow:
    """Write a clip's folder, named by video, start and end in milliseconds; returns its row."""
    video, start_s, end_s = instants[0].video, instants[0].end_s - 1, instants[-1].end_s
    uid = f"{video.name}_{round(1000 * start_s)}_{round(1000 * end_s)}"
    unknown = np.full(clip.frames.shape[1:3], IGNORE_INDEX, np.uint8)
    masks = np.stack([unknown if one is None else one for one in labels])
    clip_folder = folder / SUBSET / uid
    clip_folder.mkdir(parents=True)
    write_images(clip_folder, clip.frames, masks, QUALITY)
    write_wav(clip_folder / "audio.wav", clip.waveform, clip.sample_rate_hz)
    found = sorted(set(np.unique(masks).tolist()) - {0, IGNORE_INDEX})
    values = (video.name, uid, f"{start_s:g}", f"{end_s:g}", "_".join(classes[i - 1] for i in found), split, SUBSET)
    return dict(zip(COLUMNS, values, strict=True))


def _metadata_csv(rows: Sequence[CreatedRow]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
