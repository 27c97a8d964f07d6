"""`ravs batch`: thousands of videos on Ray Data, on this machine or a cluster."""

from pathlib import Path
from typing import Annotated

import typer

from ravs.cli import shared_options as option
from ravs.config.inference import BRIDGE_GAPS, MIN_AREA, MIN_DURATION, InferenceSettings
from ravs.config.presets import DEFAULT_MODEL


def batch(
    sources: Annotated[
        list[str],
        typer.Argument(help="Videos, folders, globs, @list.txt; addresses such as s3://.", metavar="SOURCE"),
    ],
    model: Annotated[str, option.MODEL] = DEFAULT_MODEL,
    out: Annotated[str, typer.Option("-o", "--out", help="Folder or address of all results.")] = "ravs-out",
    formats: Annotated[str, typer.Option("-f", "--format", help="Comma list, as of ravs segment.")] = "json",
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
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, xpu, mps; of each worker.")] = "auto",
    existing: Annotated[str, typer.Option(help="Finished results: resume or overwrite.")] = "resume",
    recursive: Annotated[bool, option.RECURSIVE] = False,
    shard: Annotated[str, typer.Option(help="Part I of N of the videos, for jobs without a common cluster.")] = "1/1",
    ray: Annotated[str, typer.Option(help="Cluster: HOST:PORT or auto; local is this machine.")] = "local",
    workers: Annotated[int, typer.Option(help="Videos at once; 0: as many as there is room for.")] = 0,
    cpus_per_worker: Annotated[float, typer.Option(help="CPUs that a worker takes.")] = 1,
    gpus_per_worker: Annotated[float, typer.Option(help="GPUs that a worker takes; 0.25: four share one.")] = 0,
    time_limit: Annotated[float, typer.Option(help="Seconds after which a video is ended.")] = 3600,
    retries: Annotated[int, typer.Option(help="Further attempts at a video that fails.")] = 2,
    as_json: Annotated[bool, option.JSON_LINES] = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Failures only.")] = False,
) -> int:
    """Segment thousands of videos with Ray Data, on this machine or a cluster.

    The results are those of ravs segment; OUT/status.parquet has a row for each video. Exit codes: 0 all done or
    skipped, 1 a video failed, 2 wrong usage, 3 model or device not available, 4 no video matched, 130 interrupted.
    """
    from ravs.batch.batch_plan import BatchPlan
    from ravs.batch.batch_run import run_batch
    from ravs.batch.ray_data import segment_on_ray  # first: without the extra this says what to install
    from ravs.cli.batch_report import BatchReport
    from ravs.cli.segment import parse_formats
    from ravs.inference.segment_job.job import SegmentJob
    from ravs.inference.segment_job.source_lists import Shard

    settings = InferenceSettings.from_choices(
        rate=rate,
        start_s=start,
        end_s=end,
        classes=classes,
        among=among,
        threshold=threshold,
        max_uncertainty=max_uncertainty,
        min_area=min_area,
        min_duration_s=min_duration,
        bridge_gaps_s=bridge_gaps,
    )
    job = SegmentJob(
        names=(), model=model, formats=parse_formats(formats), settings=settings, device=device, existing=existing
    )
    plan = BatchPlan(
        job=job,
        out=out if "://" in out else str(Path(out).absolute()),
        names=tuple(sources),
        recursive=recursive,
        shard=Shard.parse(shard),
        ray_address=ray,
        workers=workers,
        cpus_per_worker=cpus_per_worker,
        gpus_per_worker=gpus_per_worker,
        time_limit_s=time_limit,
        retries=retries,
    )
    report = BatchReport(as_json=as_json, quiet=quiet)
    summary = run_batch(plan, segment_on_ray, report.ended)
    report.summary(summary, plan)
    return 1 if summary.failed or summary.missing else 0
