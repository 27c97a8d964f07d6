"""`ravs experiment`: trains and evaluates a table of runs; means, deviations and the paper's values."""

from pathlib import Path
from typing import Annotated

import typer


def experiment(
    table: Annotated[str, typer.Argument(help="name of a table of the package, or a YAML file of yours")],
    library: Annotated[Path | None, typer.Option("--library", help="library to compose clips from")] = None,
    data: Annotated[
        Path | None, typer.Option("--data", help="folder of AVSBench or VPO: the table's version on data sets")
    ] = None,
    out: Annotated[Path, typer.Option("-o", "--out", help="folder of tables, charts and results")] = Path(
        "ravs-experiments"
    ),
    change: Annotated[
        list[str] | None, typer.Option("--set", help="change a key in every row, e.g. training.epochs=30; repeatable")
    ] = None,
    jobs: Annotated[int, typer.Option("-j", "--jobs", help="parallel runs; 0: one per GPU, or per two cores")] = 0,
) -> None:
    """Train and evaluate all runs of a table. The result of each run is kept: the same command resumes.

    With --data: table-1 (AVSBench), table-2 (VPO), table-3 (parts of the method), table-4 (numbers of groups), as in
    the paper. With --library, several seeds per row on composed clips: table-2 to table-4, choices, mono, schedule and
    ears (ours).
    """
    from ravs.experiments.table import read_table

    read = read_table(table, on_sets=data is not None, changes=change or ())

    from ravs.experiments.table_runner import run_table

    path = run_table(read, library=library, data=data, out=out, jobs=jobs, report=typer.echo)
    typer.echo(f"{path}\n{path.read_text(encoding='utf-8')}")
