"""One thing that is wrong with a data set."""

from pathlib import Path
from typing import NamedTuple


class Problem(NamedTuple):
    """Where it is, of what kind, and in words."""

    path: Path
    kind: str  # missing, empty, truncated, value, size, short, twice, odd or metadata
    text: str

    def __str__(self) -> str:
        """A line of its own."""
        return f"{self.path}: {self.text}"
