"""From a model and a video to a folder of figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from ravs.config import RavsConfig
from ravs.errors import InputError, NoMatchError
from ravs.files import write_whole
from ravs.media import MediaInfo, probe
from ravs.predictor import load
from ravs.settings import Settings, clock
from ravs.visualization.comparing import draw_comparison, row_names
from ravs.visualization.figures import draw_groups, draw_marked, draw_response, draw_uncertainty
from ravs.visualization.seeing import Second, see
from ravs.visualization.sheet import as_png
from ravs.visualization.truth import find_truth

FIRST_S = 10  # drawn where no end is given
MOST_S = 120  # a sheet of more could not be looked at


@dataclass(frozen=True)
class Drawn:
    """The files that were written, and what to know about them."""

    files: tuple[Path, ...]
    remarks: tuple[str, ...]


def visualize(
    model: str | Sequence[str],
    video: Path,
    out: Path | None = None,
    *,
    start: str | None = None,
    end: str | None = None,
    truth: Path | None = None,
) -> Drawn:
    """Write groups-stage1.png to groups-stage3.png, response.png (figure 5) and uncertainty.png (figure 6) of a model.

    Of several models, or where there is truth, comparison.png (figure 4); of several, nothing else.

    Args:
        model: preset, model folder or hub name; of one without groups or without uncertainty, what there is; of one
            with neither, marked.png: the frames and what is marked. Or several models.
        video: any video with sound.
        out: folder of the figures. None: ravs-figures/ and the video's name without suffix.
        start, end: seconds or H:MM:SS.mmm. Without an end, FIRST_S seconds.
        truth: folder with a mask for each second of the video. None: the masks beside a composed clip's video, if any.

    Raises: NoMatchError, ModelNotFoundError, DecodeError, NoSoundError; InputError for a part that is empty or longer
        than MOST_S.
    """
    if not video.is_file():
        raise NoMatchError(f"no file '{video}' (searched {Path.cwd()}).")
    info = probe(video)
    settings = part_of(info, Settings.from_choices(start_s=start, end_s=end))
    true = find_truth(video, truth)
    models = [model] if isinstance(model, str) else model
    looked = [look(each, video, settings) for each in models]
    if not looked:
        raise InputError("no model: name one or more before the video")
    one, figures = looked[0], dict[str, bytes]()
    remarks: tuple[str, ...] = ()
    if len(looked) == 1:
        remarks = what_to_know(one.config, one.name)
        figures = draw_all(one.seconds, one.config, f"{video.name}, {one.name}")
    if len(looked) > 1 or true is not None:
        rows = dict(zip(row_names([each.name for each in looked]), [each.seconds for each in looked], strict=True))
        figures["comparison.png"] = as_png(draw_comparison(rows, true, video.name))
    folder = Path("ravs-figures") / video.stem if out is None else out
    for name, content in figures.items():
        write_whole(folder / name, content)
    return Drawn(tuple(folder / name for name in figures), (*remarks, drawn_part(one.seconds, info)))


class Looked(NamedTuple):
    """A model and what it saw; the model itself is let go before the next is loaded."""

    name: str
    config: RavsConfig
    seconds: list[Second]


def look(model: str, video: Path, settings: Settings) -> Looked:
    """What one model sees."""
    segmenter = load(model)
    return Looked(segmenter.name, segmenter.processor.config, see(segmenter, video, settings))


def part_of(info: MediaInfo, settings: Settings) -> Settings:
    """The settings with an end: FIRST_S after the start, if none was given. Raises InputError if it is too far."""
    start_s = info.start_s if settings.start_s is None else settings.start_s
    end_s = start_s + FIRST_S if settings.end_s is None else settings.end_s
    length_s = min(end_s, info.start_s + info.duration_s) - start_s
    if length_s > MOST_S:
        raise InputError(f"{float(length_s):g} s are more than a sheet holds ({MOST_S} s): give a nearer --end")
    return Settings(start_s=settings.start_s, end_s=Fraction(end_s))


def what_to_know(config: RavsConfig, name: str) -> tuple[str, ...]:
    """Which figures this model cannot have, and why."""
    lacks = []
    if config.alignment == "sgsm" and not config.contrastive:
        lacks.append(f"response.png means little: {name} was trained without the contrast of eq. 9 (contrastive=False)")
    if config.model_type != "ravs":
        return (f"no groups, no response and no uncertainty: {name} is of the method {config.model_type}",)
    if config.alignment != "sgsm":
        lacks.append(
            f"no groups and no response: {name} was built with alignment={config.alignment!r}, which makes no groups "
            "(sgsm does)"
        )
    if not config.uncertainty:
        lacks.append(f"no uncertainty: {name} was built with uncertainty=False, so it has no such head")
    return tuple(lacks)


def draw_all(seconds: list[Second], config: RavsConfig, subject: str) -> dict[str, bytes]:
    """Name and content of each file that this model can have."""
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


def drawn_part(seconds: list[Second], info: MediaInfo) -> str:
    """Which seconds are drawn, and how to draw others where there are some."""
    first_s, last_s = max(seconds[0].marked.start_s, 0.0), seconds[-1].marked.end_s
    ends_s = float(info.start_s + info.duration_s)
    part = f"drawn: {clock(first_s)}–{clock(min(last_s, ends_s))} of {clock(ends_s)}"
    whole = first_s <= float(info.start_s) and last_s >= ends_s - 0.1
    return part if whole else f"{part}; --start and --end draw other seconds"
