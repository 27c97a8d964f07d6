"""What is drawn: a part of a video, or a clip of a data set; how models see it, and its truth."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from ravs.config.inference import InferenceSettings
from ravs.data.datasets.find_dataset import find_dataset
from ravs.errors import InputError, NoMatchError
from ravs.files import safe_stem
from ravs.inference.segmenter import Segmenter
from ravs.media import MediaInfo, probe
from ravs.structures.clock import format_clock
from ravs.visualization.dataset_sample import sample_of
from ravs.visualization.ground_truth import ClipGroundTruth, GroundTruth, find_truth
from ravs.visualization.model_outputs import SecondOutput, clip_outputs, video_outputs

DEFAULT_S = 10  # drawn where no end is given
MAX_S = 120  # a sheet of more could not be looked at


@dataclass(frozen=True)
class FigureInput:
    """What the figures show."""

    title: str  # behind each figure's own
    folder: str  # of the figures, below ravs-figures
    look: Callable[[Segmenter], list[SecondOutput]]  # what a model sees of it, second by second
    truth: GroundTruth | ClipGroundTruth | None
    remark: Callable[[Sequence[SecondOutput]], str]  # which part was drawn, in words


def input_from_video(video: Path, *, start: str | None, end: str | None, truth: Path | None) -> FigureInput:
    """A part of a video file. Raises as `visualize` does."""
    if not video.is_file():
        raise NoMatchError(f"no file '{video}' (searched {Path.cwd()}).")
    info = probe(video)
    settings = part_of(info, InferenceSettings.from_choices(start_s=start, end_s=end))
    return FigureInput(
        title=video.name,
        folder=safe_stem(video),
        look=lambda segmenter: video_outputs(segmenter, video, settings),
        truth=find_truth(video, truth),
        remark=lambda seconds: drawn_part(seconds, info),
    )


def input_from_dataset(root: Path, *, index: int, split: str | None, subset: str | None) -> FigureInput:
    """A whole clip of a data set with its own truth: frames and sound as `ravs evaluate` reads them."""
    data = find_dataset(root, subset)
    entry = sample_of(data, split, index)
    clip = data.read(entry)
    if len(clip) > MAX_S:
        raise InputError(f"{entry.name}: {len(clip)} s are more than a sheet holds ({MAX_S} s): give another --index")
    if not clip.ends_s:
        clip = replace(clip, ends_s=tuple(float(second) for second in range(1, len(clip) + 1)))

    def look(segmenter: Segmenter) -> list[SecondOutput]:
        windows = clip.windows(segmenter.clip_seconds)
        return [second for _, window in windows for second in clip_outputs(segmenter, window, InferenceSettings())]

    return FigureInput(
        title=entry.name,
        folder=entry.name.replace("/", "-"),
        look=look,
        truth=ClipGroundTruth(masks=clip.masks, classes=data.classes),
        remark=lambda seconds: f"drawn: {entry.name} of {data.title}, {entry.subset} {entry.split}",
    )


def part_of(info: MediaInfo, settings: InferenceSettings) -> InferenceSettings:
    """The settings with an end: DEFAULT_S after the start, if none was given. Raises InputError if it is too far."""
    start_s = info.start_s if settings.start_s is None else settings.start_s
    end_s = start_s + DEFAULT_S if settings.end_s is None else settings.end_s
    length_s = min(end_s, info.start_s + info.duration_s) - start_s
    if length_s > MAX_S:
        raise InputError(f"{float(length_s):g} s are more than a sheet holds ({MAX_S} s): give a nearer --end")
    return InferenceSettings(start_s=settings.start_s, end_s=Fraction(end_s))


def drawn_part(seconds: Sequence[SecondOutput], info: MediaInfo) -> str:
    """Which seconds are drawn, and how to draw others where there are some."""
    first_s, last_s = max(seconds[0].marked.start_s, 0.0), seconds[-1].marked.end_s
    ends_s = float(info.start_s + info.duration_s)
    part = f"drawn: {format_clock(first_s)}–{format_clock(min(last_s, ends_s))} of {format_clock(ends_s)}"
    whole = first_s <= float(info.start_s) and last_s >= ends_s - 0.1
    return part if whole else f"{part}; --start and --end draw other seconds"
