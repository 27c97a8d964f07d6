"""`ravs train`: trains one recipe into a folder with weights, validation metrics and the resolved recipe."""

from pathlib import Path
from typing import Annotated

import typer


def train(
    recipe: Annotated[str, typer.Argument(help="name of a recipe of the package, such as s4, or a YAML file")],
    library: Annotated[
        Path | None,
        typer.Option("--library", help="library of cut-outs, sounds and backgrounds, to compose clips from"),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option("--data", help="folder of the data set that the recipe names, or of the composed benchmark"),
    ] = None,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="folder of the run [runs/RECIPE]")] = None,
    change: Annotated[
        list[str] | None, typer.Option("--set", help="change a key, e.g. training.learning_rate=1e-4; repeatable")
    ] = None,
    published: Annotated[
        bool, typer.Option("--published", help="a baseline's own recipe: the file's section `published`")
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume/--no-resume", help="resume the run in --out, or remove it and start again")
    ] = True,
    log: Annotated[
        str, typer.Option("--log", help="comma list of trackers besides log.jsonl: tensorboard, wandb, trackio")
    ] = "",
) -> None:
    """Train a model from a recipe; a run that was stopped resumes from its last checkpoint."""
    from ravs.config.recipe import read_recipe
    from ravs.training import train as run

    resolved = read_recipe(recipe, tuple(change or ()), published=published)
    run(
        resolved,
        library=library,
        data=data,
        out=out or Path("runs") / Path(recipe).stem,
        resume=resume,
        report=typer.echo,
        log=tuple(name.strip() for name in log.split(",") if name.strip()),
    )
