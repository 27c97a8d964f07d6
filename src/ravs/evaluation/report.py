"""From counts on disk to figures: of the whole set, of each subset, of each class, and side by side as text."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ravs.errors import InputError, RavsError
from ravs.evaluation.records import Records, VideoRecord
from ravs.files import write_whole
from ravs.metrics.protocol import Protocol
from ravs.metrics.protocols import Scoreboard
from ravs.tables import MAIN, WORDS, as_text, to_json

Result = dict[str, Any]
COLUMNS = ("j", "f", "jf", "sounding_j", "sounding_f", "sounding_jf", "class_accuracy", "marked")
HEADS = ("J", "F", "J&F", "sounding J", "F", "J&F", "class right", "marked")


def report(
    records: Records, names: Iterable[str], protocols: Sequence[Protocol], classes: Sequence[str], seed: int = 0
) -> Result:
    """The figures of these videos, taken in the order of their names; `seed` is the bootstrap's.

    Raises: InputError where counts are missing or do not fit, RavsError if nothing is labelled.
    """
    whole = Scoreboard(protocols)
    parts: dict[str, Scoreboard] = {}
    digest = hashlib.sha256()
    for name in sorted(names):
        video = records.read(name)
        digest.update(f"{name} {video.sha256}\n".encode())
        for board in (whole, parts.setdefault(video.subset, Scoreboard(protocols))):
            add(board, video)
    check_labelled(whole, records)
    return {
        "folder": str(records.folder),
        "setting": records.identity,
        "data_sha256": digest.hexdigest(),  # of what was read, video by video
        "frames": whole.frames,
        "videos": whole.videos,
        "protocols": whole.report(seed),
        "subsets": {name: parts[name].report(seed) for name in sorted(parts)} if len(parts) > 1 else {},
        "classes": {name: _by_class(tally.by_class(), classes) for name, tally in whole.tallies.items()},
        "lines": {protocol.name: protocol.line for protocol in protocols},
    }


def add(board: Scoreboard, video: VideoRecord) -> None:
    """Add a video to the tallies of a scoreboard; one without a labelled frame counts nowhere."""
    if video.frames:
        sums = {name: values for name, values in video.sums.items() if name in board.tallies}
        try:
            board.add(video.name, sums, video.frames)
        except (KeyError, ValueError) as error:
            raise InputError(
                f"the counts of {video.name} do not fit ({error!r}): remove the evaluation's folder, and run it again"
            ) from error


def check_labelled(board: Scoreboard, records: Records) -> None:
    """Raises: RavsError if no frame that was counted has a labelled pixel: no figure is defined."""
    if not board.frames:
        data, split = records.identity["data"], records.identity["choices"]["split"]
        raise RavsError(
            f"{data}: no pixel of the {records.identity['videos']:,} videos of split {split} is labelled, so no figure "
            "is defined: their masks hold 255 alone, which means not known. Give masks of class indices, or another "
            "--split"
        )


def undefined(result: Result) -> str:
    """In words, the protocols without a J, F or J&F; empty if all have them."""
    names = [
        f"{name} ({', '.join(WORDS[key] for key in MAIN if figures.get(key) is None)})"
        for name, figures in result["protocols"].items()
        if any(figures.get(key) is None for key in MAIN)
    ]
    why = "no class that counts there occurs in truth or prediction"
    return f"undefined: {'; '.join(names)}: {why}" if names else ""


def save(records: Records, result: Result) -> None:
    """Write result.json beside the counts."""
    write_whole(records.folder / "result.json", to_json(result, indent=1) + "\n")


def in_words(result: Result) -> str:
    """Everything as text: protocols, subsets, classes."""
    setting = result["setting"]
    lines = [
        f"{setting['model']['name']} on {setting['data']}: "
        f"{result['videos']} videos, {result['frames']} labelled frames",
        "; ".join(_choice(key, value) for key, value in setting["choices"].items() if value not in (None, False)),
        "",
        as_text(result["protocols"], result["lines"]),
    ]
    if result["subsets"] and "dataset" in result["protocols"]:
        rows = {"all": result["protocols"], **result["subsets"]}
        lines += ["", "dataset, by subset (percent):", *_subset_rows({k: v["dataset"] for k, v in rows.items()})]
    for name, by_class in result["classes"].items():
        if name == "dataset" and len(by_class) > 2:
            lines += ["", "dataset, by class (percent):", *_class_rows(by_class)]
    return "\n".join(lines)


def _choice(key: str, value: Any) -> str:
    return key if value is True else f"{key} {value}"


def _subset_rows(rows: Mapping[str, Mapping[str, Any]]) -> list[str]:
    shown = [place for place, key in enumerate(COLUMNS) if any(key in row for row in rows.values())]
    out = [f"  {'':<20}" + "".join(f"{HEADS[place]:>12}" for place in shown)]
    for name, row in rows.items():
        out.append(f"  {name:<20}" + "".join(f"{_percent(row.get(COLUMNS[place])):>12}" for place in shown))
    return out


def _class_rows(by_class: Mapping[str, Mapping[str, float | None]]) -> list[str]:
    return [f"  {name:<20}{_percent(row['j']):>8}{_percent(row['f']):>8}" for name, row in by_class.items()]


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.2f}"


def _by_class(figures: Mapping[str, np.ndarray], classes: Sequence[str]) -> dict[str, dict[str, float | None]]:
    """J and F of the classes that occur, by name."""
    if not figures:
        return {}
    table = {
        name: {key: None if np.isnan(values[index]) else float(values[index]) for key, values in figures.items()}
        for index, name in enumerate(classes)
    }
    return {name: row for name, row in table.items() if row["j"] is not None}
