"""Charts and sheets of pictures: the only importer of matplotlib (extra `plots`), without a window, written whole."""

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
    """A grid of axes (rows, columns) to draw on; the file appears when all is drawn.

    Args:
        path: of the picture: .png, .svg or .pdf.
        width, height: of the whole in inches; 100 pixels an inch.
        rows, columns: of the grid; one row and one column give one pair of axes.
        grid: further arguments of matplotlib's `subplots`.

    Raises: InputError for another suffix, or where matplotlib is missing.
    """
    with _figure(path, width, height) as figure:
        yield figure.subplots(rows, columns, **grid)


@contextmanager
def mosaic(
    path: Path, width: int | float, height: int | float, layout: list[list[str]], **grid: Any
) -> Iterator[dict[str, Any]]:
    """As `chart`, with axes that cover several cells: the layout names the axes of each cell, row by row.

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
    """Raise InputError, before any work is done, if no chart could be written there."""
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(f"{path}: a chart ends in {', '.join(SUFFIXES)}; name such a file")
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise InputError("charts are drawn by matplotlib, which is not installed: pip install 'ravs[plots]'") from None
