"""`ravs evaluate`: a model's figures on clips composed from a library, with their sound, muted, or with another's."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer


def evaluate(
    model: Annotated[str, typer.Argument(help="preset or folder of a model")],
    library: Annotated[Path, typer.Option("--library", help="library that the clips are composed from")],
    split: Annotated[str, typer.Option("--split", help="train or val")] = "val",
    clips: Annotated[int, typer.Option("--clips", help="clips of each subset and seed")] = 100,
    seed: Annotated[list[int] | None, typer.Option("--seed", help="of the set; repeatable [1, 2, 3]")] = None,
    size: Annotated[int, typer.Option("--size", help="side of the pictures")] = 224,
    sound: Annotated[str, typer.Option("--sound", help="own, muted, or other: another clip's")] = "own",
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object instead of a table")] = False,
) -> None:
    """J and F of sounding against not on composed clips, and the share of pixels marked where nothing sounds."""
    from ravs.cli.bar import bar
    from ravs.evaluation import Setting, as_table
    from ravs.evaluation import evaluate as measure
    from ravs.model import RavsModel
    from ravs.model_folder import find_model
    from ravs.processing import RavsProcessor

    folder = find_model(model).path
    setting = Setting(library=library, split=split, clips=clips, seeds=tuple(seed or (1, 2, 3)), size=size, sound=sound)
    with bar("clips") as progress:
        figures = measure(RavsModel.from_pretrained(folder), RavsProcessor.from_pretrained(folder), setting, progress)
    if as_json:
        typer.echo(json.dumps({"model": model, "setting": asdict(setting), "figures": figures}, default=str))
    else:
        typer.echo(f"{model}: {setting.as_text()}\n\n{as_table(figures)}")
