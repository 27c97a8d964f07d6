"""The table of a batch: one row a video, as Parquet."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from io import BytesIO
from typing import Any

from ravs.batch.storage import Place


@dataclass(frozen=True, kw_only=True)
class StatusRow:
    """How a video ended."""

    source: str  # its address
    result: str  # its folder, relative to the output
    status: str  # done or failed
    error: str = ""  # why it failed, in one line
    seconds: float = 0.0  # from the copy of the video to its published results, in the last attempt
    events: int = 0  # times that something sounds
    attempts: int = 1

    def as_json(self) -> dict[str, Any]:
        """The row by column."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "StatusRow":
        """The row of a marker, which has more keys."""
        return cls(**{name: values[name] for name in cls.__dataclass_fields__ if name in values})


def write_status(rows: Sequence[StatusRow], place: Place) -> None:
    """Writes the rows, in the order of sources."""
    import pyarrow
    from pyarrow import parquet

    text, number, count = pyarrow.string(), pyarrow.float64(), pyarrow.int64()
    kinds = {"source": text, "result": text, "status": text, "error": text}
    kinds |= {"seconds": number, "events": count, "attempts": count}
    file = BytesIO()
    ordered = [row.as_json() for row in sorted(rows, key=lambda row: row.source)]
    parquet.write_table(pyarrow.Table.from_pylist(ordered, pyarrow.schema(list(kinds.items()))), file)
    place.write(file.getvalue())
