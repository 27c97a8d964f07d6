"""`ravs experiment`: a table of runs, trained and evaluated, with means, deviations and the paper's figures."""

from pathlib import Path
from typing import Annotated

import typer


def experiment(
    table: Annotated[str, typer.Argument(help="name of a table in recipes/experiments, or its YAML file")],
    library: Annotated[Path, typer.Option("--library", help="library of cut-outs, sounds and backgrounds")],
    out: Annotated[Path, typer.Option("-o", "--out", help="folder of tables, charts and results")] = Path(
        "notes/experiments"
    ),
    jobs: Annotated[int, typer.Option("-j", "--jobs", help="runs at once; 0: one a GPU, or one for two cores")] = 0,
) -> None:
    """Run a whole table, several seeds a row. Every run's result is kept: run again to go on.

    Tables: table-2 (comparators), table-3 (parts of the method), table-4 (numbers of groups), choices, mono,
    schedule and ears (ours).
    """
    from ravs.experiments.table import read_table

    read = read_table(table)

    from ravs.experiments.work import experiment as carry_out

    path = carry_out(read, library=library, out=out, jobs=jobs, report=typer.echo)
    typer.echo(f"{path}\n{path.read_text(encoding='utf-8')}")
