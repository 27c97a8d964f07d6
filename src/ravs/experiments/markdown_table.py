"""Rows of results, and Markdown tables of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ravs.experiments.table_row import ExperimentRow


@dataclass(frozen=True)
class RowResults:
    """A row of an experiment with the results of its seeds."""

    row: ExperimentRow
    results: Sequence[dict[str, Any]]

    def values(self, *keys: str) -> np.ndarray:
        """A metric of each seed that has it; several keys address a nested one."""
        found = [_within(result["figures"], keys) for result in self.results]
        return np.array([value for value in found if value is not None])

    @property
    def parameters(self) -> str:
        """The number of parameters of the model, encoders included, in words."""
        return f"{self.results[0]['parameters'] / 1e6:.2f} M" if self.results else "–"


def _within(figures: Any, keys: Sequence[str]) -> float | None:
    for key in keys:
        figures = None if figures is None else figures.get(key)
    return None if figures is None else float(figures)


def with_spread(values: np.ndarray, digits: int = 3) -> str:
    """The mean, and of several values the sample standard deviation."""
    if not len(values):
        return "–"
    spread = f" ± {values.std(ddof=1):.{digits}f}" if len(values) > 1 else ""
    return f"{values.mean():.{digits}f}{spread}"


def paper_cells(line: RowResults, column: str, count: int) -> list[str]:
    """The paper's values for a row in a column of the table, as many as `count`."""
    return ["–" if figure is None else f"{figure:g}" for figure in line.row.paper.get(column, (None,) * count)]


def hashes_of(lines: Sequence[RowResults], split: str) -> list[str]:
    """The beginning of the hash of each evaluated set: one, unless the results are of two libraries."""
    hashes = sorted({result["data_sha256"][:16] for line in lines for result in line.results})
    return [f"SHA-256 of the {split} clips: {', '.join(hashes)}…"] if hashes else []


def markdown_rows(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The lines of a Markdown table."""
    return [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads), *(f"| {' | '.join(row)} |" for row in rows)]


def missing_runs_note(done: int, wanted: int) -> list[str]:
    """The note below an incomplete table."""
    return ["", f"{done} of {wanted} runs; the same command runs the rest."] if done < wanted else []
