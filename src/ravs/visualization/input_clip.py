"""The input of the figures: part of a video or a clip of a data set, with its ground truth."""

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
from ravs.visualization.model_outputs import SecondOutput, clips_outputs, video_outputs

DEFAULT_S = 10  # drawn by default
MAX_S = 120  # more would be unreadable


@dataclass(frozen=True)
class FigureInput:
    """The input of the figures."""

    title: str  # behind the title of each figure
    folder: str  # for the figures, below ravs-figures
    run: Callable[[Segmenter], list[SecondOutput]]  # a model's outputs, second by second
    truth: GroundTruth | ClipGroundTruth | None
    note: Callable[[Sequence[SecondOutput]], str]  # which part was drawn, in words


def input_from_video(video: Path, *, start: str | None, end: str | None, truth: Path | None) -> FigureInput:
    """Part of a video file. Raises as `visualize` does."""
    if not video.is_file():
        raise NoMatchError(f"no file '{video}' (searched {Path.cwd()}).")
    info = probe(video)
    settings = with_end(info, InferenceSettings.from_choices(start_s=start, end_s=end))
    return FigureInput(
        title=video.name,
        folder=safe_stem(video),
        run=lambda segmenter: video_outputs(segmenter, video, settings),
        truth=find_truth(video, truth),
        note=lambda seconds: part_note(seconds, info),
    )


def input_from_dataset(root: Path, *, index: int, split: str | None, subset: str | None) -> FigureInput:
    """A clip of a data set with its ground truth: frames and audio as `ravs evaluate` reads them."""
    data = find_dataset(root, subset)
    entry = sample_of(data, split, index)
    clip = data.read(entry)
    if len(clip) > MAX_S:
        raise InputError(f"{entry.name}: {len(clip)} s are more than a sheet holds ({MAX_S} s): give another --index")
    if not clip.ends_s:
        clip = replace(clip, ends_s=tuple(float(second) for second in range(1, len(clip) + 1)))

    def run(segmenter: Segmenter) -> list[SecondOutput]:
        windows = (window for _, window in clip.windows(segmenter.clip_seconds))
        return clips_outputs(segmenter, windows, InferenceSettings())

    return FigureInput(
        title=entry.name,
        folder=entry.name.replace("/", "-"),
        run=run,
        truth=ClipGroundTruth(masks=clip.masks, classes=data.classes),
        note=lambda seconds: f"drawn: {entry.name} of {data.title}, {entry.subset} {entry.split}",
    )


def with_end(info: MediaInfo, settings: InferenceSettings) -> InferenceSettings:
    """The settings with an end, by default DEFAULT_S after the start. Raises: InputError if it is too far."""
    start_s = info.start_s if settings.start_s is None else settings.start_s
    end_s = start_s + DEFAULT_S if settings.end_s is None else settings.end_s
    length_s = min(end_s, info.start_s + info.duration_s) - start_s
    if length_s > MAX_S:
        raise InputError(f"{float(length_s):g} s are more than a sheet holds ({MAX_S} s): give a nearer --end")
    return InferenceSettings(start_s=settings.start_s, end_s=Fraction(end_s))


def part_note(seconds: Sequence[SecondOutput], info: MediaInfo) -> str:
    """In words, which seconds are drawn, and how to draw others, if there are more."""
    first_s, last_s = max(seconds[0].marked.start_s, 0.0), seconds[-1].marked.end_s
    ends_s = float(info.start_s + info.duration_s)
    part = f"drawn: {format_clock(first_s)}–{format_clock(min(last_s, ends_s))} of {format_clock(ends_s)}"
    whole = first_s <= float(info.start_s) and last_s >= ends_s - 0.1
    return part if whole else f"{part}; --start and --end draw other seconds"
