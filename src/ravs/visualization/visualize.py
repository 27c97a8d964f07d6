"""Writes a folder of figures from models and a video, or a clip of a data set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from ravs.config import RavsConfig
from ravs.errors import InputError
from ravs.files import write_atomic
from ravs.inference.segmenter import load
from ravs.visualization.comparison import draw_comparison, row_names
from ravs.visualization.figures import draw_groups, draw_marked, draw_response, draw_uncertainty
from ravs.visualization.image_grid import as_png
from ravs.visualization.input_clip import FigureInput, input_from_dataset, input_from_video
from ravs.visualization.model_outputs import SecondOutput


@dataclass(frozen=True)
class FigureFiles:
    """The files that were written, and remarks about them."""

    files: tuple[Path, ...]
    remarks: tuple[str, ...]


def visualize(
    model: str | Sequence[str],
    video: Path | None = None,
    out: Path | None = None,
    *,
    start: str | None = None,
    end: str | None = None,
    truth: Path | None = None,
    data: Path | None = None,
    index: int | None = None,
    split: str | None = None,
    subset: str | None = None,
) -> FigureFiles:
    """Write groups-stage1.png to groups-stage3.png, response.png (figure 5) and uncertainty.png (figure 6) of a model.

    With several models or with ground truth, comparison.png (figure 4); with several models, only that.

    Args:
        model: preset, model folder or hub name, or several. A model without groups or uncertainty has fewer figures;
            one with neither has marked.png: the frames and what is marked.
        video: any video with sound; None: a clip of `data`.
        out: folder of the figures. None: ravs-figures/ and the name of the video without suffix, or of the clip.
        start, end: of a video, seconds or H:MM:SS.mmm. Without an end, ten seconds.
        truth: folder with a mask for each second of the video. None: the masks beside a composed clip's video, if any.
        data: folder of a data set, whose clip is drawn completely, with its ground truth.
        index: of the clip in the split and subset, from 0 (the default).
        split, subset: of the data set; None: all.

    Raises: NoMatchError, ModelNotFoundError, DecodeError, NoAudioError; InputError for a part that is empty or too
        long, for a clip that does not exist, or for options of videos and of data sets at once.
    """
    models = [model] if isinstance(model, str) else model
    if not models:
        raise InputError("no model: name one or more before the video")
    of_video, of_set = {"start": start, "end": end, "truth": truth}, {"index": index, "split": split, "subset": subset}
    if video is not None:
        refuse_options(of_set, "is of a data set's clip; give --data, and no video")
        subject = input_from_video(video, start=start, end=end, truth=truth)
    elif data is not None:
        refuse_options(of_video, "is of a video; a data set's clip is drawn completely, with its ground truth")
        subject = input_from_dataset(data, index=index or 0, split=split, subset=subset)
    else:
        raise InputError("nothing to draw: name a video, or a data set with --data")
    return write_figures(models, subject, out)


def refuse_options(choices: Mapping[str, object], why: str) -> None:
    """Raise InputError for the first option that was given."""
    for name, value in choices.items():
        if value is not None:
            raise InputError(f"--{name} {value} {why}")


def write_figures(models: Sequence[str], subject: FigureInput, out: Path | None) -> FigureFiles:
    """Write the files of one model or several."""
    outputs = [run_model(model, subject) for model in models]
    one, figures = outputs[0], dict[str, bytes]()
    remarks: tuple[str, ...] = ()
    if len(outputs) == 1:
        remarks = missing_figures(one.config, one.name)
        figures = draw_all(one.seconds, one.config, f"{subject.title}, {one.name}")
    if len(outputs) > 1 or subject.truth is not None:
        rows = dict(zip(row_names([one.name for one in outputs]), [one.seconds for one in outputs], strict=True))
        figures["comparison.png"] = as_png(draw_comparison(rows, subject.truth, subject.title))
    folder = Path("ravs-figures") / subject.folder if out is None else out
    for name, content in figures.items():
        write_atomic(folder / name, content)
    return FigureFiles(tuple(folder / name for name in figures), (*remarks, subject.note(one.seconds)))


class ModelOutputs(NamedTuple):
    """A model's name, configuration and outputs; the model itself is freed before the next is loaded."""

    name: str
    config: RavsConfig
    seconds: list[SecondOutput]


def run_model(model: str, subject: FigureInput) -> ModelOutputs:
    """Run one model."""
    segmenter = load(model)
    return ModelOutputs(segmenter.name, segmenter.processor.config, subject.run(segmenter))


def missing_figures(config: RavsConfig, name: str) -> tuple[str, ...]:
    """In words, which figures this model cannot have, and why."""
    lacks = []
    if config.alignment == "sgsm" and not config.contrastive:
        lacks.append(f"response.png means little: {name} was trained without the contrast of eq. 9 (contrastive=False)")
    if config.model_type != "ravs":
        figures = "no groups and no response" if config.uncertainty else "no groups, no response and no uncertainty"
        return (f"{figures}: {name} is of the method {config.model_type}",)
    if config.alignment != "sgsm":
        lacks.append(
            f"no groups and no response: {name} was built with alignment={config.alignment!r}, which makes no groups "
            "(sgsm does)"
        )
    if not config.uncertainty:
        lacks.append(f"no uncertainty: {name} was built with uncertainty=False, so it has no such head")
    return tuple(lacks)


def draw_all(seconds: list[SecondOutput], config: RavsConfig, subject: str) -> dict[str, bytes]:
    """Name and content of each figure that this model can have."""
    figures = {}
    for stage in range(len(seconds[0].stages)):
        figures[f"groups-stage{stage + 1}.png"] = as_png(draw_groups(seconds, stage, subject))
    if seconds[0].stages:
        figures["response.png"] = as_png(draw_response(seconds, config.positive_threshold, subject))
    if config.uncertainty:
        figures["uncertainty.png"] = as_png(draw_uncertainty(seconds, subject))
    if not figures:
        figures["marked.png"] = as_png(draw_marked(seconds, subject))
    return figures
