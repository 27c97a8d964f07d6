"""Compares two evaluations of the same videos: differences of J, F and J&F with paired bootstrap intervals."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ravs.errors import InputError
from ravs.evaluation.metric_tables import LABELS
from ravs.evaluation.metrics.bootstrap import interval
from ravs.evaluation.metrics.protocol import Tally
from ravs.evaluation.metrics.scoreboard import Scoreboard, choose_protocols
from ravs.evaluation.records import ORDER_FILE, Records
from ravs.evaluation.report import add_video, check_labelled

Difference = dict[str, Any]


def compare(results: Sequence[Path], names: str = "all", batch_size: int = 20, seed: int = 0) -> list[Difference]:
    """The difference of each later evaluation from the first, in j, f and jf of every protocol.

    Returns: for each, {"subset", "first", "second", "protocols": {name: {key: {"first", "second", "difference",
    "interval"}}}}, one for each separate set; the interval is the middle 95 % over resampled videos, the same
    resamples for both.

    Raises: InputError for fewer than two results, or where videos, ground truth or classes differ; RavsError if nothing
    is labelled.
    """
    if len(results) < 2:
        raise InputError(f"{len(results)} result to compare: name two folders at least that ravs evaluate wrote")
    if seed < 0:
        raise InputError(f"the seed is {seed}; it must not be negative")
    opened = [Records(counts_folder(path)) for path in results]
    first, *others = opened
    return [
        _difference(first, other, names, batch_size, seed, subset)
        for other in others
        for subset in separate_subsets(first)
    ]


def separate_subsets(records: Records) -> list[str | None]:
    """The subsets that result.json reports as separate sets, such as S4 and MS3 in one folder; else [None]."""
    try:
        result = json.loads((records.folder / "result.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):  # an unfinished evaluation, or a broken file
        return [None]
    return list(result["subsets"]) if result.get("apart") else [None]


def counts_folder(path: Path) -> Path:
    """The folder of counts that a path means: a result.json's folder, or an evaluation's folder for its own audio."""
    folder = path.parent if path.name == "result.json" else path
    own = folder / "own"
    return own if (own / "setting.json").is_file() and not (folder / "setting.json").is_file() else folder


def _difference(
    first: Records, second: Records, names: str, batch_size: int, seed: int, subset: str | None
) -> Difference:
    """Compare all videos, or those of one subset."""
    pair = (first, second)
    settings = [records.identity for records in pair]
    for key, values in (
        ("classes", [setting["classes"] for setting in settings]),
        ("sizes", [setting["choices"]["size"] for setting in settings]),
    ):
        if values[0] != values[1]:
            raise InputError(f"{first.folder} and {second.folder} score other {key}: evaluate both in the same way")
    protocols = choose_protocols(names, len(settings[0]["classes"]), batch_size)
    boards = (Scoreboard(protocols), Scoreboard(protocols))
    _count(pair, boards, subset)
    check_labelled(boards[0], first)
    tallies = [board.tallies for board in boards]
    return {
        "subset": subset,
        "first": str(first.folder),
        "second": str(second.folder),
        "videos": boards[0].videos,
        "protocols": {one.name: _paired(tallies[0][one.name], tallies[1][one.name], seed) for one in protocols},
    }


def _count(pair: tuple[Records, Records], boards: tuple[Scoreboard, Scoreboard], subset: str | None) -> None:
    """Add the videos (of one subset) to the boards. Raise InputError unless both have all videos, and equal ones."""
    first, second = pair
    contents: tuple[dict[str, str], dict[str, str]] = ({}, {})
    order = second if (second.folder / ORDER_FILE).exists() else first  # the same for both, even if only one has it
    for records, board, content in zip(pair, boards, contents, strict=True):
        for name in order.ordered(records.names()):
            video = records.read(name)
            content[name] = video.sha256
            if subset in (None, video.subset):
                add_video(board, video)
    for records, content in zip(pair, contents, strict=True):
        wanted = records.identity["videos"]
        if len(content) < wanted:
            raise InputError(f"{records.folder} has {len(content)} of {wanted} videos: run its command again to resume")
    _check_same(pair, contents)


def _check_same(pair: tuple[Records, Records], found: tuple[dict[str, str], dict[str, str]]) -> None:
    """Raise InputError unless both have the same videos with the same content."""
    only = sorted(found[0].keys() ^ found[1].keys())
    other = sorted(name for name in found[0].keys() & found[1].keys() if found[0][name] != found[1][name])
    for wrong, what in ((only, "is in one of them only"), (other, "has other images, ground truth or audio")):
        if wrong:
            folders = " and ".join(str(records.folder) for records in pair)
            raise InputError(
                f"{folders} cannot be compared: {wrong[0]} {what} ({len(wrong)} videos in all); "
                "evaluate both on the same data, to the end"
            )


def _paired(first: Tally, second: Tally, seed: int) -> dict[str, Any]:
    metrics = [tally.metrics() for tally in (first, second)]
    with np.errstate(divide="ignore", invalid="ignore"):
        resampled = [tally.resampled(seed) for tally in (first, second)] if first.resample_units() > 1 else None
    out: dict[str, Any] = {}
    for key in ("j", "f", "jf"):
        values = [one[key] for one in metrics]
        known = None not in values
        out[key] = {
            "first": values[0],
            "second": values[1],
            "difference": values[1] - values[0] if known else None,
            "interval": interval(resampled[1][key] - resampled[0][key]) if known and resampled else None,
        }
    return out


def comparison_as_text(differences: Sequence[Difference]) -> str:
    """A text table for each pair; a difference whose interval excludes zero is called better or worse."""
    lines: list[str] = []
    for one in differences:
        subset = f"{one['subset']}, " if one["subset"] else ""
        lines += [
            f"{one['second']} against {one['first']}, {subset}{one['videos']} videos (percent; 95 % paired bootstrap)"
        ]
        for name, metrics in one["protocols"].items():
            lines += [f"  {name:<12}{LABELS[key]:>4}  {_row(row)}" for key, row in metrics.items()]
    return "\n".join(lines)


def _row(row: dict[str, Any]) -> str:
    if row["difference"] is None:
        return "undefined"
    text = f"{100 * row['first']:6.2f} → {100 * row['second']:6.2f}   {100 * row['difference']:+6.2f}"
    if row["interval"] is None:
        return text
    low, high = row["interval"]
    verdict = "better" if low > 0 else "worse" if high < 0 else "undecided"
    return f"{text}   [{100 * low:+.2f}, {100 * high:+.2f}]  {verdict}"
