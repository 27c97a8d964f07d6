"""A prediction as a table of pandas (extra `interop`): its events, its frames, or its objects."""

from typing import TYPE_CHECKING, Any

from ravs.errors import InputError
from ravs.structures.prediction import FramePrediction, Prediction

if TYPE_CHECKING:
    import pandas

COLUMNS = {
    "events": ("class", "start", "end", "score"),
    "frames": ("index", "time", "start", "frame", "level_db", "peak_db", "uncertainty", "area", "classes"),
    "objects": ("index", "time", "class_id", "class", "score", "uncertainty", "area", "x", "y", "width", "height"),
}


def data_frame(prediction: Prediction, table: str) -> "pandas.DataFrame":
    """One of COLUMNS as a DataFrame; times in seconds, areas in pixels, `classes` a comma list.

    Raises: InputError for another table, or where pandas is missing.
    """
    if table not in COLUMNS:
        raise InputError(f"no table {table!r}: tables are {', '.join(COLUMNS)}")
    try:
        import pandas
    except ImportError:
        raise InputError("tables are made by pandas, which is not installed: pip install 'ravs[interop]'") from None
    return pandas.DataFrame(table_rows(prediction, table), columns=list(COLUMNS[table]))


def table_rows(prediction: Prediction, table: str) -> list[tuple[Any, ...]]:
    """The rows of a table, in the order of COLUMNS."""
    if table == "events":
        return [(event.name, event.start_s, event.end_s, event.score) for event in prediction.events]
    if table == "frames":
        return [_frame_row(frame) for frame in prediction.frames]
    return [
        (frame.index, frame.time_s, o.class_id, o.name, o.score, o.uncertainty, o.area, *o.bbox)
        for frame in prediction.frames
        for o in frame.objects
    ]


def _frame_row(frame: FramePrediction) -> tuple[Any, ...]:
    area, names = sum(found.area for found in frame.objects), ",".join(frame.sounding)
    levels = (frame.level_db, frame.peak_db)
    return (frame.index, frame.time_s, frame.start_s, frame.frame, *levels, frame.uncertainty, area, names)
