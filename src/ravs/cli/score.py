"""`ravs score`: masks of any tool against ground truth by every protocol of the field. No model, no torch."""

from pathlib import Path
from typing import Annotated

import typer


def score(
    predicted: Annotated[Path, typer.Argument(metavar="PRED_DIR", help="predicted masks (.png) or scores (.npy)")],
    truth: Annotated[Path, typer.Argument(metavar="GT_DIR", help="ground-truth masks (.png) of the same names")],
    protocol: Annotated[str, typer.Option(help="comma list of protocols, or all that fit")] = "all",
    batch_size: Annotated[int, typer.Option(help="frames per batch for avsbench, whose F depends on it")] = 20,
    classes: Annotated[int | None, typer.Option(help="number of classes, background included [2]")] = None,
    scores: Annotated[str, typer.Option(help="what .npy files hold: logits or probabilities")] = "logits",
    frames: Annotated[
        Path | None, typer.Option("--list", help="score only the frames in this file, in its order [all, by name]")
    ] = None,
    seed: Annotated[int, typer.Option(help="of the bootstrap intervals")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="one line per metric")] = False,
    latex: Annotated[bool, typer.Option("--latex", help="a row of a LaTeX table")] = False,
) -> None:
    """Score the masks of any tool. Files pair by name without suffix; batches follow their order.

    A true mask is a PNG of class indices (255 is ignored), of 0 and 255, or of 1 bit; a prediction too, or a .npy of
    height x width scores that something sounds, or of classes x height x width scores.
    """
    from ravs.cli.progress import progress_bar
    from ravs.evaluation.metric_tables import format_result, output_format
    from ravs.evaluation.scoring.folders import ScoreSettings, score_folders

    form = output_format(as_json, as_csv, latex)
    settings = ScoreSettings(protocols=protocol, batch_size=batch_size, num_classes=classes, scale=scores, seed=seed)
    with progress_bar("frames") as progress:
        result = score_folders(predicted, truth, settings, progress, frames)
    if form == "text":
        found = result["found"]
        missing = f" ({result['unlabelled_frames']} more without a label)" if result["unlabelled_frames"] else ""
        typer.echo(f"{result['frames']} frames{missing} of {result['videos']} videos, {result['classes']} classes")
        typer.echo(f"truth: {found['truth']}; predictions: {found['predictions']}\n")
    typer.echo(format_result(form, predicted.name, result))
