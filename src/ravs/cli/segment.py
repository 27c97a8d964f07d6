"""`ravs segment`: the sounding objects in videos, as masks, an overlay, a timeline and a document."""

from pathlib import Path
from typing import Annotated

import typer

from ravs.cli import shared_options as option
from ravs.config.alpha_codec import alpha_file
from ravs.config.inference import BRIDGE_GAPS, MIN_AREA, MIN_DURATION, InferenceSettings
from ravs.config.overlay_style import OverlayStyle
from ravs.config.presets import DEFAULT_MODEL
from ravs.errors import InputError
from ravs.inference.outputs.format_files import EDITOR_VIDEOS
from ravs.inference.segment_job.job import SegmentJob, run
from ravs.inference.segment_job.result_folder import FORMATS
from ravs.inference.segment_job.source_lists import Shard


def segment(
    sources: Annotated[
        list[str], typer.Argument(help="Videos, folders, globs, @list.txt; images with --sound.", metavar="SOURCE")
    ],
    model: Annotated[str, option.MODEL] = DEFAULT_MODEL,
    out: Annotated[Path, typer.Option("-o", "--out", help="One folder for each source below it.")] = Path("ravs-out"),
    formats: Annotated[
        str,
        typer.Option(
            "-f",
            "--format",
            help="Comma list: overlay, masks, uncertainty, json, timeline, coco, yolo, cvat, labelstudio, npz, "
            "prompts, markers, alpha, matte; all (but alpha and matte); none.",
        ),
    ] = "overlay,masks,json",
    rate: Annotated[str, option.RATE] = "1",
    start: Annotated[str | None, option.START] = None,
    end: Annotated[str | None, option.END] = None,
    classes: Annotated[str | None, option.CLASSES] = None,
    among: Annotated[str | None, option.AMONG] = None,
    threshold: Annotated[float, option.THRESHOLD] = 0.5,
    max_uncertainty: Annotated[float | None, option.MAX_UNCERTAINTY] = None,
    min_area: Annotated[float, option.MIN_AREA] = MIN_AREA,
    min_duration: Annotated[str, option.MIN_DURATION] = MIN_DURATION,
    bridge_gaps: Annotated[str, option.BRIDGE_GAPS] = BRIDGE_GAPS,
    sound: Annotated[Path | None, typer.Option(help="Audio file that replaces the source's own sound.")] = None,
    sound_track: Annotated[int | None, typer.Option(help="Which sound track, from 1; ravs info lists them.")] = None,
    effect: Annotated[str, option.EFFECT] = "tint",
    strip: Annotated[str, option.STRIP] = "below",
    labels: Annotated[bool, option.LABELS] = True,
    tint: Annotated[float, option.TINT] = OverlayStyle.tint,
    alpha: Annotated[str, option.ALPHA] = "prores",
    mute: Annotated[bool, typer.Option("--mute", help="Silence test: what stays marked without sound?")] = False,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, xpu, mps.")] = "auto",
    existing: Annotated[str, typer.Option(help="Finished results: resume, overwrite or fail.")] = "resume",
    recursive: Annotated[bool, option.RECURSIVE] = False,
    shard: Annotated[str, typer.Option(help="Part I of N of the sources, for jobs on several machines.")] = "1/1",
    jobs: Annotated[int, typer.Option("-j", "--jobs", help="Sources at once, each in a process.")] = 1,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what it would do.")] = False,
    as_json: Annotated[bool, option.JSON_LINES] = False,
    quiet: Annotated[bool, option.QUIET] = False,
    verbose: Annotated[bool, option.VERBOSE] = False,
    no_progress: Annotated[bool, option.NO_PROGRESS] = False,
) -> int:
    """Mark what sounds: where, when, and how sure. `ravs clip.mp4` is `ravs segment clip.mp4`.

    Exit codes: 0 all done or skipped, 1 a source failed (the others are written), 2 wrong usage, 3 model or device
    not available, 4 no source matched, 130 interrupted (run the same command to resume).
    """
    from ravs.cli.json_report import JsonReport
    from ravs.cli.output_guard import OutputGuard
    from ravs.cli.segment_report import TextReport

    settings = InferenceSettings.from_choices(
        rate=rate,
        start_s=start,
        end_s=end,
        classes=classes,
        among=among,
        min_area=min_area,
        min_duration_s=min_duration,
        bridge_gaps_s=bridge_gaps,
        threshold=threshold,
        max_uncertainty=max_uncertainty,
        sound=sound,
        sound_track=sound_track,
        mute=mute,
    )
    job = SegmentJob(
        names=tuple(sources),
        model=model,
        out=out,
        formats=parse_formats(formats, alpha),
        settings=settings,
        style=OverlayStyle(effect=effect, strip=strip, labels=labels, tint=tint),
        device=device,
        existing=existing,
        recursive=recursive,
        shard=Shard.parse(shard),
        jobs=jobs,
        dry_run=dry_run,
    )
    report = (JsonReport if as_json else TextReport)(quiet=quiet, verbose=verbose, progress=not no_progress)
    with report, OutputGuard(report, stop_on_error=not job.formats) as listener:
        return 1 if run(job, listener).failed else 0


def parse_formats(text: str, alpha: str = "prores") -> tuple[str, ...]:
    """Formats of a comma-separated list, in the order of FORMATS; 'all' and 'none' stand alone.

    `alpha` is the codec of the format of that name.
    """
    alpha_name = "alpha-vp9" if alpha_file(alpha).endswith(".webm") else "alpha"
    names = [name.strip() for name in text.split(",") if name.strip()]
    if names == ["all"]:
        return tuple(name for name in FORMATS if name not in EDITOR_VIDEOS)
    if names == ["none"]:
        return ()
    if not names:
        raise InputError(f"no format in {text!r}; formats are {', '.join(FORMATS)}, all, none")
    names = [alpha_name if name == "alpha" else name for name in names]
    unknown = [name for name in names if name not in FORMATS]
    return (*(name for name in FORMATS if name in names), *unknown)
