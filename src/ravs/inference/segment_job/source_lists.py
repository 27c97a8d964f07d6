"""Lists of sources: read from files, and divided among jobs."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from ravs.errors import InputError

Source = TypeVar("Source")


@dataclass(frozen=True)
class Shard:
    """One of the parts into which jobs on several machines divide their sources: number `index`, from 1, of `count`."""

    index: int = 1
    count: int = 1

    @classmethod
    def parse(cls, text: str) -> "Shard":
        """The shard of a text such as 3/8. Raises: InputError."""
        index, _, count = text.partition("/")
        if not (index.isdecimal() and count.isdecimal() and 1 <= int(index) <= int(count)):
            raise InputError(f"shard is {text!r}; it must be I/N with I from 1 to N, such as 3/8")
        return cls(int(index), int(count))

    def of(self, sources: Sequence[Source]) -> Sequence[Source]:
        """Every count-th source: all shards together have each source once."""
        return sources[self.index - 1 :: self.count]


def read_lists(names: Iterable[str]) -> Iterator[str]:
    """The names, where @list.txt stands for the lines of that file: one name a line, comments begin with #.

    A file that itself is called @list.txt is a source.
    """
    for name in names:
        path = Path(name[1:])
        if not name.startswith("@") or Path(name).exists() or not path.is_file():
            yield name
            continue
        text = path.read_text(encoding="utf-8-sig", errors="surrogateescape")  # names may have any bytes
        lines = (line.strip() for line in text.split("\n"))
        yield from (line for line in lines if line and not line.startswith("#"))
