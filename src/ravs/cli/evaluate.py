"""`ravs evaluate`: a model's metrics on a data set by every protocol of the field; the listening test."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ravs.errors import NoMatchError


def evaluate(
    model: Annotated[str, typer.Argument(help="preset, folder or hub name of a model")],
    data: Annotated[Path, typer.Argument(help="folder of a data set, or of a library to compose clips from")],
    split: Annotated[str | None, typer.Option(help="train, val or test [test, else val, else train]")] = None,
    subset: Annotated[str | None, typer.Option(help="one subset, such as s4, v1m, VPO-MS")] = None,
    protocol: Annotated[str, typer.Option(help="comma list of protocols, or all that fit")] = "all",
    batch_size: Annotated[int, typer.Option(help="frames per batch for avsbench, whose F depends on it")] = 20,
    size: Annotated[str, typer.Option(help="side to which ground truth is resized for scoring, or original")] = "224",
    threshold: Annotated[float, typer.Option(help="of the probability that something sounds")] = 0.5,
    binary: Annotated[bool, typer.Option("--binary", help="score sounding against silent, not classes")] = False,
    mono: Annotated[bool, typer.Option("--mono", help="VPO: sum its recordings instead of panning them")] = False,
    sound: Annotated[str, typer.Option(help="own, silence, noise, ambient, off-screen, other, swapped, late")] = "own",
    listen: Annotated[bool, typer.Option("--listen", help="evaluate with each of these: does it listen?")] = False,
    chart: Annotated[Path | None, typer.Option(help="with --listen: draw its bar chart to this file")] = None,
    ambient: Annotated[Path | None, typer.Option(help="library of ambient recordings [pink noise]")] = None,
    clips: Annotated[int, typer.Option(help="with a library: clips per subset and seed")] = 100,
    seed: Annotated[list[int] | None, typer.Option(help="with a library: clips' seed; repeatable [1, 2, 3]")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1 …")] = "auto",
    workers: Annotated[int, typer.Option(help="threads that read ahead; results do not depend on it")] = 2,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="folder of the counts [below ravs-results]")] = None,
    save_predictions: Annotated[
        Path | None,
        typer.Option("--save-predictions", help="folder for one file per frame, laid out like the set's masks"),
    ] = None,
    predictions_format: Annotated[
        str, typer.Option(help="png: what is marked; argmax: the most probable class; npy: probabilities")
    ] = "png",
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="one line per metric")] = False,
    latex: Annotated[bool, typer.Option("--latex", help="a row of a LaTeX table")] = False,
) -> None:
    """Evaluate a model on AVSBench, VPO or a composed set. Counts are kept per video: run again to resume.

    DATA is the folder of a published data set, one that `ravs compose` wrote, or a library.
    """
    from ravs.checkpoints.find_model import find_model
    from ravs.cli.progress import progress_bar
    from ravs.evaluation.metric_tables import output_format
    from ravs.evaluation.settings import EvaluationSettings, check_prediction_options, check_report_options, parse_size

    form = output_format(as_json, as_csv, latex)  # options are checked before torch is imported
    check_report_options(listen, chart, form)
    check_prediction_options(predictions_format, listen, save_predictions is not None)
    settings = EvaluationSettings(
        split=split,
        subset=subset,
        sound=sound,
        binary=binary,
        mono=mono,
        size=parse_size(size),
        threshold=threshold,
        protocols=protocol,
        batch_size=batch_size,
    )
    find_model(model)
    if not data.is_dir():
        raise NoMatchError(f"{data}: no such folder; give the one that holds a data set or a library")

    from ravs.evaluation import job, listening_test

    request = job.EvaluationRequest(
        model=model,
        data=data,
        settings=settings,
        device=device,
        out=out,
        workers=workers,
        ambient_from=ambient,
        clips=clips,
        seeds=tuple(seed or (1, 2, 3)),
        predictions=save_predictions,
        predictions_format=predictions_format,
    )
    with progress_bar("videos") as progress:
        result = listening_test.run_listening_test(request, progress) if listen else job.evaluate(request, progress)
    if chart is not None:
        listening_test.draw_listening_chart(result, chart)
    print_result(result, model, form, listen, save_predictions)


def print_result(result: dict[str, Any], model: str, form: str, is_listening: bool, predictions: Path | None) -> None:
    """Print metrics to standard output; remarks and folders to standard error."""
    from ravs.evaluation import listening_test, report
    from ravs.evaluation.metric_tables import to_json

    if form == "text":
        typer.echo(listening_test.listening_test_as_text(result) if is_listening else report.result_as_text(result))
    else:
        typer.echo(to_json(result) if is_listening else report.format_evaluation(form, model, result))
    if not is_listening and (remark := report.undefined_note(result)):
        typer.echo(remark, err=True)
    typer.echo(f"counts and figures: {result['folder']}", err=True)
    if predictions is not None:
        typer.echo(f"predictions: {predictions}, listed in predictions.txt", err=True)
