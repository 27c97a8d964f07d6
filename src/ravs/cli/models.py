"""`ravs models`: the models that can be named with -m."""

import json
from typing import Annotated, Any

import typer

from ravs.config.presets import DEFAULT_MODEL, PRESETS, shipped_models


def models(as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False) -> None:
    """List the models that come with weights, and the presets that have to be trained first."""
    shipped = {name: shipped_facts(name) for name in shipped_models()}
    untrained = [name for name in PRESETS if name not in shipped]
    if as_json:
        typer.echo(json.dumps({"default": DEFAULT_MODEL, "with_weights": shipped, "without_weights": untrained}))
        return
    typer.echo("With weights, for -m NAME:")
    for name, facts in shipped.items():
        default = "  (default)" if name == DEFAULT_MODEL else ""
        typer.echo(
            f"  {name:12}{facts['method']:16}{facts['classes']} classes  {facts['image_size']} px  "
            f"{facts['bytes'] / 1e6:.0f} MB{default}"
        )
    typer.echo("Without weights, for training (`ravs train`); -m then takes the folder of the run:")
    typer.echo("".join(f"  {name}\n" for name in untrained), nl=False)


def shipped_facts(name: str) -> dict[str, Any]:
    """Method, number of classes, image size and bytes of the weights of a model that is part of the package."""
    from ravs.checkpoints.find_model import find_model

    folder = find_model(name)
    return {
        "method": folder.model_type,
        "classes": len(folder.classes) - 1,
        "image_size": folder.config["image_size"],
        "bytes": sum(path.stat().st_size for path in folder.weights),
        "sha256": folder.sha256,
    }
