"""`ravs compare`: differences between evaluations of the same videos, with paired bootstrap intervals."""

from pathlib import Path
from typing import Annotated

import typer


def compare(
    results: Annotated[list[Path], typer.Argument(help="folders that ravs evaluate wrote; the first is the reference")],
    protocol: Annotated[str, typer.Option(help="comma list of protocols, or all that fit")] = "all",
    batch_size: Annotated[int, typer.Option(help="frames per batch for avsbench, whose F depends on it")] = 20,
    seed: Annotated[int, typer.Option(help="of the bootstrap")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object")] = False,
) -> None:
    """Compare evaluations of the same videos: J, F and J&F of each, and the 95 % interval of their difference."""
    from ravs.evaluation.compare import compare as difference
    from ravs.evaluation.compare import comparison_as_text
    from ravs.evaluation.metric_tables import to_json

    differences = difference(results, protocol, batch_size, seed)
    typer.echo(to_json(differences) if as_json else comparison_as_text(differences))
