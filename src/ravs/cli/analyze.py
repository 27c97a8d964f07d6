"""`ravs analyze`: how often the paper's two hard cases occur in a data set."""

import json
from pathlib import Path
from typing import Annotated

import typer


def analyze(
    data: Annotated[Path, typer.Argument(help="folder of a data set")],
    split: Annotated[str | None, typer.Option(help="train, val or test [all]")] = None,
    subset: Annotated[str | None, typer.Option(help="as the set names it, e.g. v2, s4 or VPO-MS [all]")] = None,
    fraction: Annotated[float, typer.Option(help="share of the videos, drawn at random; the paper took 0.333")] = 1.0,
    seed: Annotated[int, typer.Option(help="of the drawing")] = 1,
    chart: Annotated[Path | None, typer.Option(help="draw bars to this .png, .svg or .pdf")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object instead of a table")] = False,
) -> None:
    """Count how often the paper's two hard cases occur: silent look-alikes, and objects that start or stop sounding.

    Only masks are read. The definitions are printed with the counts.
    """
    from ravs.cli.progress import progress_bar
    from ravs.data.datasets.find_dataset import find_dataset
    from ravs.evaluation.hard_cases import case_report as report
    from ravs.evaluation.hard_cases.case_counts import CaseCountSettings
    from ravs.evaluation.hard_cases.case_counts import analyze as count
    from ravs.visualization.charts import check_chart

    settings = CaseCountSettings(split=split, fraction=fraction, seed=seed)
    if chart is not None:
        check_chart(chart)
    found = find_dataset(data, subset)
    with progress_bar("videos") as progress:
        counts = count(found, settings, progress)
    if chart is not None:
        report.draw_case_chart(chart, report.case_title(found, settings), counts)
    if as_json:
        typer.echo(json.dumps(report.as_json(found, settings, counts)))
    else:
        typer.echo(f"{report.case_title(found, settings)}\n\n{report.as_table(counts)}")
