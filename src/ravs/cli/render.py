"""`ravs render`: results of `ravs segment` again under other settings or in other formats, without the model."""

from pathlib import Path
from typing import Annotated

import typer

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
    classes: Annotated[str | None, typer.Option(help="Comma list: keep these; all: keep every class.")] = None,
    among: Annotated[str | None, typer.Option(help="Comma list: all that sounds gets one of these names.")] = None,
    threshold: Annotated[float | None, typer.Option(help="A pixel sounds where 1 - P(background) exceeds it.")] = None,
    max_uncertainty: Annotated[float | None, typer.Option(help="Pixels above it become background.")] = None,
    min_area: Annotated[float | None, typer.Option(help="Least area of an object, as a share of the frame.")] = None,
    min_duration: Annotated[str | None, typer.Option(help="Least seconds that a class sounds.")] = None,
    bridge_gaps: Annotated[str | None, typer.Option(help="Fill pauses of a class up to so many seconds.")] = None,
    effect: Annotated[
        str, typer.Option(help="Of the overlay: tint, spotlight, blur-silent, blur-sounding, cutout, uncertainty.")
    ] = "tint",
    strip: Annotated[str, typer.Option(help="Timeline strip of the overlay: below, over or off.")] = "below",
    labels: Annotated[bool, typer.Option(help="Names at what sounds, in the overlay.")] = True,
    tint: Annotated[float, typer.Option(help="Opacity of the overlay's tint, 0 to 1.")] = OverlayStyle.tint,
    alpha: Annotated[str, typer.Option(help="Codec of -f alpha: prores (.mov) or vp9 (.webm).")] = "prores",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line on standard output.")] = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Warnings and errors only.")] = False,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="Tracebacks with errors.")] = False,
    no_progress: Annotated[bool, typer.Option("--no-progress", help="No progress on standard error.")] = False,
) -> int:
    """Render finished results again, without the model: settings that are not given stay as they were.

    Exit codes: 0 all done, 1 a folder failed (the others are written), 2 wrong usage.
    """
    from ravs.cli.segment_report import JsonReport, OutputGuard, TextReport
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
