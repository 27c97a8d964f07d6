"""`ravs info`: a model's modules and parameters, or what decoding will see of a media file."""

import json
from typing import Annotated

import typer


def info(
    subject: Annotated[str, typer.Argument(help="Preset, model folder, hub name, or media file.", metavar="X")],
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
) -> None:
    """Show the modules of a model with their parameters, or what decoding will see of a media file."""
    from ravs.checkpoints.model_summary import inspect_subject

    facts = inspect_subject(subject)
    if as_json:
        typer.echo(json.dumps(facts))
        return
    from ravs.cli.fact_tables import model_table, print_table, value_table

    print_table(model_table(facts) if "modules" in facts else value_table(facts))
