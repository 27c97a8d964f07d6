"""`ravs classes`: the classes of a model."""

import json
from typing import Annotated

import typer

from ravs.cli import shared_options as option
from ravs.config.presets import DEFAULT_MODEL


def classes(
    model: Annotated[str, option.MODEL] = DEFAULT_MODEL,
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON list.")] = False,
) -> None:
    """List a model's classes: index and name, one per line. 0 is background."""
    from ravs.checkpoints.model_summary import class_names

    names = class_names(model)
    if as_json:
        typer.echo(json.dumps([{"id": index, "name": name} for index, name in enumerate(names)]))
    else:
        typer.echo("\n".join(f"{index:3d}  {name}" for index, name in enumerate(names)))
