"""One table of events over the results of many videos: CSV, JSON lines or Parquet; read without the model."""

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

from ravs.errors import InputError, NoMatchError
from ravs.inference.segment_job.provenance import begins_like_a_document, read_document_object

COLUMNS = ("folder", "video", "class", "start", "end", "score")  # times in seconds on the source's clock
TABLE_SUFFIXES = (".csv", ".jsonl", ".parquet")

Row = dict[str, Any]


def find_documents(names: Iterable[Path]) -> list[Path]:
    """The documents of result folders, of all folders below a folder, or those that are named; each once.

    Raises: NoMatchError for a name without any.
    """
    found: dict[Path, None] = {}
    for name in names:
        files = sorted(name.rglob("*.json")) if name.is_dir() else [name]
        documents = [file for file in files if begins_like_a_document(file) and not _is_temporary(file)]
        if not documents:
            raise NoMatchError(
                f"no document of ravs segment in {str(name)!r}: name a result folder, or one above it; "
                "results without NAME.json get one by the same command with -f json"
            )
        found |= dict.fromkeys(documents)
    return list(found)


def event_rows(documents: Iterable[Path]) -> Iterator[Row]:
    """The events of each document in turn. Raises: InputError for a document that cannot be read."""
    for path in documents:
        document = read_document_object(path)
        if document is None or "events" not in document:
            raise InputError(f"{path} cannot be read as a document: write it again with ravs segment -f json")
        place = {"folder": path.parent.as_posix(), "video": document["source"]["name"]}
        for event in document["events"]:
            yield {column: (place | event)[column] for column in COLUMNS}


def check_table_name(path: Path) -> None:
    """Raises: InputError unless the suffix is one of TABLE_SUFFIXES."""
    if path.suffix.lower() not in TABLE_SUFFIXES:
        raise InputError(f"no format of a table has the suffix of {str(path)!r}: use {', '.join(TABLE_SUFFIXES)}")


def table_bytes(rows: Sequence[Row], suffix: str) -> bytes:
    """The rows as a file of one of TABLE_SUFFIXES. Raises: ModuleNotFoundError for Parquet without pyarrow."""
    if suffix == ".parquet":
        return _parquet(rows)
    if suffix == ".jsonl":
        return "".join(json.dumps(row) + "\n" for row in rows).encode()
    file = StringIO()
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode("utf-8", "surrogateescape")


def _parquet(rows: Sequence[Row]) -> bytes:
    import pyarrow
    from pyarrow import parquet

    kinds = [pyarrow.string()] * 3 + [pyarrow.float64()] * 3
    schema = pyarrow.schema(list(zip(COLUMNS, kinds, strict=True)))
    file = BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist(list(rows), schema), file)
    return file.getvalue()


def _is_temporary(path: Path) -> bool:
    return any(part.startswith(".") and part.endswith(".part") for part in path.parts)
