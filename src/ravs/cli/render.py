"""`ravs render`: results of `ravs segment` again under other settings or in other formats, without the model."""

from pathlib import Path
from typing import Annotated

import typer

from ravs.cli import shared_options as option
from ravs.cli.segment import parse_formats
from ravs.config.overlay_style import OverlayStyle


def render(
    folders: Annotated[list[Path], typer.Argument(help="Result folders, such as ravs-out/clip.", metavar="DIR")],
    formats: Annotated[
        str | None,
        typer.Option("-f", "--format", help="Comma list, as of ravs segment; default: those there are."),
    ] = None,
    source: Annotated[
        Path | None, typer.Option(help="The video, for the overlay, where it was moved.", metavar="FILE")
    ] = None,
    classes: Annotated[str | None, option.CLASSES] = None,
    among: Annotated[str | None, option.AMONG] = None,
    threshold: Annotated[float | None, option.THRESHOLD] = None,
    max_uncertainty: Annotated[float | None, option.MAX_UNCERTAINTY] = None,
    min_area: Annotated[float | None, option.MIN_AREA] = None,
    min_duration: Annotated[str | None, option.MIN_DURATION] = None,
    bridge_gaps: Annotated[str | None, option.BRIDGE_GAPS] = None,
    effect: Annotated[str, option.EFFECT] = "tint",
    strip: Annotated[str, option.STRIP] = "below",
    labels: Annotated[bool, option.LABELS] = True,
    tint: Annotated[float, option.TINT] = OverlayStyle.tint,
    alpha: Annotated[str, option.ALPHA] = "prores",
    as_json: Annotated[bool, option.JSON_LINES] = False,
    quiet: Annotated[bool, option.QUIET] = False,
    verbose: Annotated[bool, option.VERBOSE] = False,
    no_progress: Annotated[bool, option.NO_PROGRESS] = False,
) -> int:
    """Render finished results again, without the model: settings that are not given stay as they were.

    Exit codes: 0 all done, 1 a folder failed (the others are written), 2 wrong usage.
    """
    from ravs.cli.json_report import JsonReport
    from ravs.cli.output_guard import OutputGuard
    from ravs.cli.segment_report import TextReport
    from ravs.inference.segment_job.render_job import RenderJob, run

    choices = {
        "classes": classes,
        "among": among,
        "threshold": threshold,
        "max_uncertainty": max_uncertainty,
        "min_area": min_area,
        "min_duration_s": min_duration,
        "bridge_gaps_s": bridge_gaps,
    }
    job = RenderJob(
        folders=tuple(folders),
        formats=None if formats is None else parse_formats(formats, alpha),
        source=source,
        choices={name: value for name, value in choices.items() if value is not None},
        style=OverlayStyle(effect=effect, strip=strip, labels=labels, tint=tint),
    )
    report = (JsonReport if as_json else TextReport)(quiet=quiet, verbose=verbose, progress=not no_progress)
    with report, OutputGuard(report, stop_on_error=False) as listener:
        return 1 if run(job, listener).failed else 0
