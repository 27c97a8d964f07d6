"""Choose validation videos by a hash of the name, so that adding a video moves no other; or read a split file."""

from collections.abc import Sequence
from pathlib import Path

from ravs.data.custom.label_source import Video
from ravs.data.datasets.metadata import SPLITS, read_csv_lines
from ravs.errors import InputError
from ravs.files import hash_lines

HASH_DIGITS = 12  # 48 bits
SHOWN_NAMES = 3  # names in a message


def draw_split(name: str, share: float, seed: int) -> str:
    """The split of a name: val for a share of all names, else train."""
    fraction = int(hash_lines([f"{seed} {name}"])[:HASH_DIGITS], 16) / 16**HASH_DIGITS
    return "val" if fraction < share else "train"


def split_videos(videos: Sequence[Video], share: float, seed: int, file: Path | None) -> dict[str, str]:
    """The split of each video by its name. Raises InputError for an invalid share, and as `read_split_file`."""
    if not 0 <= share < 1:
        raise InputError(f"--val is {share:g}; it must be a share of the videos, from 0 to below 1")
    if file is None:
        return {video.name: draw_split(video.name, share, seed) for video in videos}
    return read_split_file(file, [video.name for video in videos])


def read_split_file(path: Path, names: Sequence[str]) -> dict[str, str]:
    """Read the split of each video from a file of lines NAME,SPLIT, with train, val or test.

    Names may have a suffix; a first line `name,split` is skipped.
    Raises: InputError for an invalid line, and for videos without a split, or with two.
    """
    found: dict[str, str] = {}
    for number, cells in read_csv_lines(path, "lines of NAME,SPLIT"):
        if number == 1 and [cell.strip().lower() for cell in cells] == ["name", "split"]:
            continue
        name, split = (cells[0].strip(), cells[1].strip().lower()) if len(cells) == 2 else ("", "")
        if split not in SPLITS:
            raise InputError(f"{path}, line {number}: write NAME,SPLIT with one of {', '.join(SPLITS)}")
        name = name if name in names else str(Path(name).with_suffix(""))
        if found.setdefault(name, split) != split:
            raise InputError(f"{path}, line {number}: {name} is in {found[name]} already: give each video one split")
    missing = [name for name in names if name not in found]
    if missing:
        more = f" and {len(missing) - SHOWN_NAMES} more" if len(missing) > SHOWN_NAMES else ""
        raise InputError(
            f"{path}: has no line for {', '.join(missing[:SHOWN_NAMES])}{more}: add NAME,SPLIT for each video"
        )
    return {name: found[name] for name in names}
