"""Codecs of videos with transparency, and the files that they go into."""

from pathlib import Path
from typing import NoReturn

from ravs.errors import InputError

ALPHA_SUFFIXES = {"prores": ".mov", "vp9": ".webm"}  # codec: suffix of its file


def alpha_file(codec: str) -> str:
    """The name of the file with transparency in this codec. Raises: InputError for one that there is not."""
    if codec in ("mp4", "h264"):
        refuse_mp4()
    if codec not in ALPHA_SUFFIXES:
        raise InputError(f"alpha is {codec!r}; it must be prores or vp9")
    return f"alpha{ALPHA_SUFFIXES[codec]}"


def alpha_codec(path: Path) -> str:
    """The codec of a file with transparency, by its suffix. Raises: InputError for one that has none."""
    suffix = path.suffix.lower()
    if suffix == ".mp4":
        refuse_mp4()
    for codec, its_suffix in ALPHA_SUFFIXES.items():
        if suffix == its_suffix:
            return codec
    raise InputError(f"{path.name}: transparency needs .mov (ProRes) or .webm (VP9)")


def refuse_mp4() -> NoReturn:
    """Say that an mp4 has no transparency, and what has."""
    raise InputError(".mp4 cannot carry transparency. Use -f alpha (ProRes .mov) or --alpha vp9 (.webm).")
