"""The format of a library: sizes of its images, sample rate and length of its sounds, and its CSV files."""

import csv
from pathlib import Path

from ravs.errors import InputError

CUTOUT_SIDE = 320  # longest side in pixels; nothing is enlarged
BACKGROUND_SHORT_SIDE, BACKGROUND_LONG_SIDE = 448, 672  # in pixels; a longer side is cropped
JPEG_QUALITY = 84
SAMPLE_RATE_HZ = 32000
MAX_SECONDS = 10.0  # of a recording
MAX_SYNTHESIZED_SECONDS = 6.0  # of what is played, spoken or driven
TABLE_HINT = "a table has parts.csv, packages.csv, classes.csv and masks/"


def read_rows(path: Path, hint: str = TABLE_HINT) -> list[dict[str, str]]:
    """The rows of a CSV file. Raises: InputError, which ends with the hint, if the file does not exist."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))
    except OSError:
        raise InputError(f"{path}: no such file; {hint}") from None
