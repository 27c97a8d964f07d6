"""`ravs events`: one table of what sounds when, over the results of many videos."""

from pathlib import Path
from typing import Annotated

import typer


def events(
    folders: Annotated[
        list[Path], typer.Argument(help="Result folders, folders above them, or documents.", metavar="OUT")
    ],
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="A .csv, .jsonl or .parquet file; else CSV on standard output.")
    ] = None,
) -> None:
    """Write one table of what sounds when, over the results of many videos.

    A row for each event: result folder, video, class, start and end in seconds, score.
    """
    from ravs.files import write_atomic
    from ravs.inference.segment_job.events_table import check_table_name, event_rows, find_documents, table_bytes

    if out is not None:
        check_table_name(out)
    documents = find_documents(folders)
    rows = list(event_rows(documents))
    if out is None:
        typer.echo(table_bytes(rows, ".csv"), nl=False)
        return
    write_atomic(out, table_bytes(rows, out.suffix.lower()))
    typer.echo(f"{len(rows)} events of {len(documents)} videos → {out}")
