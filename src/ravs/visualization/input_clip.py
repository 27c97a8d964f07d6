"""What is drawn: a part of a video, or a clip of a data set; how models see it, and its truth."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from ravs.config.inference import Settings, clock
from ravs.data.datasets.find_dataset import find_set
from ravs.errors import InputError, NoMatchError
from ravs.files import stem_of
from ravs.inference.segmenter import Segmenter
from ravs.media import MediaInfo, probe
from ravs.visualization.dataset_sample import sample_of
from ravs.visualization.ground_truth import ClipTruth, Truth, find_truth
from ravs.visualization.model_outputs import Second, see, see_clip

FIRST_S = 10  # drawn where no end is given
MOST_S = 120  # a sheet of more could not be looked at


@dataclass(frozen=True)
class Subject:
    """What the figures show."""

    title: str  # behind each figure's own
    folder: str  # of the figures, below ravs-figures
    look: Callable[[Segmenter], list[Second]]  # what a model sees of it, second by second
    truth: Truth | ClipTruth | None
    remark: Callable[[Sequence[Second]], str]  # which part was drawn, in words


def subject_of_video(video: Path, *, start: str | None, end: str | None, truth: Path | None) -> Subject:
    """A part of a video file. Raises as `visualize` does."""
    if not video.is_file():
        raise NoMatchError(f"no file '{video}' (searched {Path.cwd()}).")
    info = probe(video)
    settings = part_of(info, Settings.from_choices(start_s=start, end_s=end))
    return Subject(
        title=video.name,
        folder=stem_of(video),
        look=lambda segmenter: see(segmenter, video, settings),
        truth=find_truth(video, truth),
        remark=lambda seconds: drawn_part(seconds, info),
    )


def subject_of_set(root: Path, *, index: int, split: str | None, subset: str | None) -> Subject:
    """A whole clip of a data set with its own truth: frames and sound as `ravs evaluate` reads them."""
    data = find_set(root, subset)
    entry = sample_of(data, split, index)
    clip = data.read(entry)
    if len(clip) > MOST_S:
        raise InputError(f"{entry.name}: {len(clip)} s are more than a sheet holds ({MOST_S} s): give another --index")
    if not clip.ends_s:
        clip = replace(clip, ends_s=tuple(float(second) for second in range(1, len(clip) + 1)))

    def look(segmenter: Segmenter) -> list[Second]:
        windows = clip.windows(segmenter.clip_seconds)
        return [second for _, window in windows for second in see_clip(segmenter, window, Settings())]

    return Subject(
        title=entry.name,
        folder=entry.name.replace("/", "-"),
        look=look,
        truth=ClipTruth(masks=clip.masks, classes=data.classes),
        remark=lambda seconds: f"drawn: {entry.name} of {data.title}, {entry.subset} {entry.split}",
    )


def part_of(info: MediaInfo, settings: Settings) -> Settings:
    """The settings with an end: FIRST_S after the start, if none was given. Raises InputError if it is too far."""
    start_s = info.start_s if settings.start_s is None else settings.start_s
    end_s = start_s + FIRST_S if settings.end_s is None else settings.end_s
    length_s = min(end_s, info.start_s + info.duration_s) - start_s
    if length_s > MOST_S:
        raise InputError(f"{float(length_s):g} s are more than a sheet holds ({MOST_S} s): give a nearer --end")
    return Settings(start_s=settings.start_s, end_s=Fraction(end_s))


def drawn_part(seconds: Sequence[Second], info: MediaInfo) -> str:
    """Which seconds are drawn, and how to draw others where there are some."""
    first_s, last_s = max(seconds[0].marked.start_s, 0.0), seconds[-1].marked.end_s
    ends_s = float(info.start_s + info.duration_s)
    part = f"drawn: {clock(first_s)}–{clock(min(last_s, ends_s))} of {clock(ends_s)}"
    whole = first_s <= float(info.start_s) and last_s >= ends_s - 0.1
    return part if whole else f"{part}; --start and --end draw other seconds"
