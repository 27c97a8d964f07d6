"""The format of a library: sizes of its images, sample rate and length of its sounds, and its CSV files."""

import csv
from collections.abc import Collection
from pathlib import Path

from ravs.errors import InputError

CUTOUT_SIDE = 320  # longest side in pixels; nothing is enlarged
BACKGROUND_SHORT_SIDE, BACKGROUND_LONG_SIDE = 448, 672  # in pixels; a longer side is cropped
JPEG_QUALITY = 84
SAMPLE_RATE_HZ = 32000
MAX_SECONDS = 10.0  # of a recording
MAX_SYNTHESIZED_SECONDS = 6.0  # of what is played, spoken or driven
TABLE_HINT = "a table has parts.csv, packages.csv, classes.csv and masks/"


def read_rows(path: Path, columns: Collection[str] = (), hint: str = TABLE_HINT) -> list[dict[str, str]]:
    """The rows of a CSV file.

    Raises: InputError if the file does not exist (it ends with the hint), is no text, or lacks one of the columns.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    except OSError:
        raise InputError(f"{path}: no such file; {hint}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: cannot be read as CSV ({error}); {hint}") from error
    for number, row in enumerate(rows, start=1):
        if lacking := [name for name in columns if row.get(name) is None]:
            raise InputError(f"{path}: row {number} has no {', '.join(lacking)}; {hint}")
    return rows
