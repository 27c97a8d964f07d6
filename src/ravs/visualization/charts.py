"""Charts by matplotlib (extra `plots`), which only this module imports; no window, written atomically."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ravs.errors import InputError
from ravs.files import write_atomic

SUFFIXES = (".png", ".svg", ".pdf")


@contextmanager
def chart(
    path: Path, width: int | float, height: int | float, rows: int = 1, columns: int = 1, **grid: Any
) -> Iterator[Any]:
    """A grid of axes (rows, columns) to draw on; the file is written at the end.

    Args:
        path: image file: .png, .svg or .pdf.
        width, height: of the figure in inches; 100 pixels per inch.
        rows, columns: of the grid; one row and one column give a single axes object.
        grid: further arguments of matplotlib's `subplots`.

    Raises: InputError for another suffix, or where matplotlib is missing.
    """
    with _figure(path, width, height) as figure:
        yield figure.subplots(rows, columns, **grid)


@contextmanager
def mosaic(
    path: Path, width: int | float, height: int | float, layout: list[list[str]], **grid: Any
) -> Iterator[dict[str, Any]]:
    """Like `chart`, with axes that may span several cells: the layout names the axes of each cell, row by row.

    Args:
        grid: further arguments of matplotlib's `subplot_mosaic`.
    """
    with _figure(path, width, height) as figure:
        yield figure.subplot_mosaic(layout, **grid)


@contextmanager
def _figure(path: Path, width: int | float, height: int | float) -> Iterator[Any]:
    check_chart(path)
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    yield figure
    drawn = io.BytesIO()
    figure.savefig(drawn, format=path.suffix[1:].lower(), facecolor="white")
    write_atomic(path, drawn.getvalue())


def check_chart(path: Path) -> None:
    """Raise InputError for a suffix that is no chart's, or where matplotlib is missing."""
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(f"{path}: a chart ends in {', '.join(SUFFIXES)}; name such a file")
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise InputError("charts are drawn by matplotlib, which is not installed: pip install 'ravs[plots]'") from None
