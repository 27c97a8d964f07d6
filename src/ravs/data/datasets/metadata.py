"""Metadata files of data sets: find their folders, and read CSV columns by name or position."""

import csv
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from ravs.errors import InputError

SPLITS = ("train", "val", "test")
SEARCH_DEPTH = 2  # levels below the given folder


def find_folders_with(root: Path, names: Collection[str], depth: int = SEARCH_DEPTH) -> Iterator[tuple[str, Path]]:
    """File names found and their folders: the root if it has any, else folders below it, in order."""
    here = [(name, root) for name in names if (root / name).is_file()]
    if here or not depth:
        yield from here
        return
    for folder in sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith(".")):
        yield from find_folders_with(folder, names, depth - 1)


def find_folder_with(root: Path, name: str) -> Path | None:
    """The folder that holds a file of this name, or None. Raises InputError if there are several."""
    found = [folder for _, folder in find_folders_with(root, (name,))]
    if len(found) > 1:
        raise InputError(f"{root} holds {name} several times: name one of {', '.join(map(str, found))}")
    return found[0] if found else None


def names_in_folder(folder: Path) -> frozenset[str]:
    """The names of the files and folders in a folder; empty if it does not exist."""
    try:
        return frozenset(path.name for path in folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return frozenset()


def read_rows(path: Path, columns: Mapping[str, int | None], optional: Collection[str] = ()) -> list[dict[str, str]]:
    """The rows of a CSV file; columns are found by name, else by position, for files without a header.

    Args:
        path: of the file.
        columns: position, from 0, by name; None: found by name only. Must contain `split`.
        optional: columns that may be missing; their values are then "".

    Raises: InputError that names file and line for a missing column or an unknown split; or for a file without rows.
    """
    lines = read_csv_lines(path)
    header = [cell.strip() for cell in lines[0][1]] if lines else []
    rows = lines if _has_no_header(header, columns) else lines[1:]
    if not rows:
        raise InputError(f"{path}: names no video: fetch the file again")
    positions = _column_positions(path, header, columns, optional)
    if "split" not in header:
        _check_splits(path, header, [cells for _, cells in rows], positions["split"])
    return [_row(path, number, cells, positions) for number, cells in rows]


def describe_positional_columns(path: Path, columns: Mapping[str, int | None]) -> tuple[str, ...]:
    """A line for the report if `read_rows` takes columns by position; else nothing."""
    header = [cell.strip() for cell in next(iter(read_csv_lines(path)), (0, []))[1]]
    positional = [
        f"{name} from column {position + 1}"
        for name, position in columns.items()
        if position is not None and name not in header
    ]
    if not positional:
        return ()
    why = "there is no header" if _has_no_header(header, columns) else f"header {', '.join(header)!r} not known"
    return (f"{path.name}: columns taken by position: {why}; {', '.join(positional)}",)


def read_csv_lines(path: Path, what: str = "a CSV file") -> list[tuple[int, list[str]]]:
    """The line number and cells of each non-empty line. Raises: InputError if the file cannot be read as `what`."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return [(number, cells) for number, cells in enumerate(csv.reader(file), start=1) if any(cells)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: cannot be read as {what} ({error})") from error


def _has_no_header(header: list[str], columns: Mapping[str, int | None]) -> bool:
    """Whether the first line is a row: no known column name, and a split at the position of `split`."""
    return not set(columns) & set(header) and _cell(header, columns["split"]).lower() in SPLITS


def _check_splits(path: Path, header: list[str], rows: list[list[str]], position: int | None) -> None:
    """Raise InputError if no row has a split at the expected position and another column has one in every row."""
    if any(_cell(cells, position).lower() in SPLITS for cells in rows):
        return
    for other, name in enumerate(header):
        if all(_cell(cells, other).lower() in SPLITS for cells in rows):
            raise InputError(
                f"{path}: no column is called split, and column {(position or 0) + 1}, which has it by position, holds "
                f"{_cell(rows[0], position)!r}; column {other + 1} ({name}) holds train, val or test: call it split"
            )


def _column_positions(
    path: Path, header: list[str], columns: Mapping[str, int | None], optional: Collection[str]
) -> dict[str, int | None]:
    """The position of each column; None if it is missing."""
    positions = {name: header.index(name) if name in header else position for name, position in columns.items()}
    missing = [name for name, position in positions.items() if position is None and name not in optional]
    if missing:
        raise InputError(f"{path}: has no column {', '.join(missing)}; its columns are {', '.join(header)}")
    return positions


def _row(path: Path, number: int, cells: list[str], positions: Mapping[str, int | None]) -> dict[str, str]:
    if len(cells) <= max(position or 0 for position in positions.values()):
        raise InputError(f"{path}, line {number}: has {len(cells)} columns, too few: fetch the file again")
    row = {name: _cell(cells, position) for name, position in positions.items()}
    row["split"] = row["split"].lower()
    if row["split"] not in SPLITS:
        raise InputError(f"{path}, line {number}: split {row['split']!r} is none of {', '.join(SPLITS)}")
    return row


def _cell(cells: list[str], position: int | None) -> str:
    return cells[position].strip() if position is not None and position < len(cells) else ""
