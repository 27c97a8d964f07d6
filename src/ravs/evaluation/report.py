"""Metrics from counts on disk: of the whole set, of each subset and of each class, also as text."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ravs.errors import InputError, RavsError
from ravs.evaluation.metric_tables import (
    LABELS,
    MAIN_KEYS,
    ProtocolMetrics,
    as_csv,
    as_latex,
    as_text,
    percent,
    to_json,
)
from ravs.evaluation.metrics.protocol import MetricProtocol
from ravs.evaluation.metrics.scoreboard import Scoreboard
from ravs.evaluation.records import Records, VideoRecord
from ravs.files import write_atomic

Result = dict[str, Any]
COLUMNS = ("j", "f", "jf", "sounding_j", "sounding_f", "sounding_jf", "class_accuracy", "marked")
COLUMN_HEADS = ("J", "F", "J&F", "sounding J", "F", "J&F", "class right", "marked")


def compute_result(
    records: Records, names: Iterable[str], protocols: Sequence[MetricProtocol], classes: Sequence[str], seed: int = 0
) -> Result:
    """The metrics of these videos, in this order, on which avsbench depends; `seed` is the bootstrap's.

    Raises: InputError where counts are missing or inconsistent, RavsError if nothing is labelled.
    """
    total = Scoreboard(protocols)
    parts: dict[str, Scoreboard] = {}
    contents: dict[str, str] = {}
    for name in names:
        video = records.read(name)
        contents[name] = video.sha256
        for board in (total, parts.setdefault(video.subset, Scoreboard(protocols))):
            add_video(board, video)
    check_labelled(total, records)
    digest = hashlib.sha256("".join(f"{name} {contents[name]}\n" for name in sorted(contents)).encode())
    return {
        "folder": str(records.folder),
        "setting": records.identity,
        "data_sha256": digest.hexdigest(),  # of what was read, video by video
        "frames": total.frames,
        "videos": total.videos,
        "protocols": total.report(seed),
        "subsets": {name: parts[name].report(seed) for name in sorted(parts)} if len(parts) > 1 else {},
        "counts": {name: {"videos": parts[name].videos, "frames": parts[name].frames} for name in sorted(parts)},
        "classes": {name: _by_class(tally.by_class(), classes) for name, tally in total.tallies.items()},
        "lines": {protocol.name: protocol.line for protocol in protocols},
    }


def add_video(board: Scoreboard, video: VideoRecord) -> None:
    """Add a video to a scoreboard, unless it has no labelled frame."""
    if video.frames:
        sums = {name: values for name, values in video.sums.items() if name in board.tallies}
        try:
            board.add(video.name, sums, video.frames)
        except (KeyError, ValueError) as error:
            raise InputError(
                f"the counts of {video.name} do not fit ({error!r}): remove the evaluation's folder, and run it again"
            ) from error


def check_labelled(board: Scoreboard, records: Records) -> None:
    """Raise RavsError if no counted frame has a labelled pixel, so that no metric is defined."""
    if not board.frames:
        data, split = records.identity["data"], records.identity["choices"]["split"]
        raise RavsError(
            f"{data}: no pixel of the {records.identity['videos']:,} videos of split {split} is labelled, so no figure "
            "is defined: their masks hold 255 alone, which means unknown. Give masks of class indices, or another "
            "--split"
        )


def undefined_note(result: Result) -> str:
    """In words, the protocols whose J, F or J&F is undefined; empty if there are none."""
    names = [
        f"{' '.join(filter(None, (part, name)))} "
        f"({', '.join(LABELS[key] for key in MAIN_KEYS if metrics.get(key) is None)})"
        for part, report in metrics_by_subset(result).items()
        for name, metrics in report.items()
        if any(metrics.get(key) is None for key in MAIN_KEYS)
    ]
    why = "no class that counts there occurs in truth or prediction"
    return f"undefined: {'; '.join(names)}: {why}" if names else ""


def metrics_by_subset(result: Result) -> dict[str, ProtocolMetrics]:
    """The metrics of each set: the complete set under "", or each subset where subsets are separate sets."""
    return result["subsets"] if result.get("apart") else {"": result["protocols"]}


def format_evaluation(form: str, name: str, result: Result) -> str:
    """As json, csv or latex; for separate sets CSV has "SUBSET PROTOCOL", and LaTeX a row per subset."""
    parts = metrics_by_subset(result)
    if form == "csv":
        return as_csv({f"{part} {one}".strip(): row for part, rows in parts.items() for one, row in rows.items()})
    if form == "latex":
        return "\n".join(as_latex(f"{name} {part}".strip(), rows) for part, rows in parts.items())
    return to_json(result)


def save_result(records: Records, result: Result) -> None:
    """Write result.json beside the counts."""
    write_atomic(records.folder / "result.json", to_json(result, indent=1) + "\n")


def result_as_text(result: Result) -> str:
    """Everything as text: protocols, subsets, classes; for separate sets the protocols of each, and no total."""
    setting = result["setting"]
    lines = [
        f"{setting['model']['name']} on {setting['data']}: "
        f"{result['videos']} videos, {result['frames']} labelled frames",
        "; ".join(_choice(key, value) for key, value in setting["choices"].items() if value not in (None, False)),
    ]
    if result.get("apart"):
        return "\n".join([*lines, *_apart(result)])
    lines += ["", as_text(result["protocols"], result["lines"])]
    if result["subsets"] and "dataset" in result["protocols"]:
        rows = {"all": result["protocols"], **result["subsets"]}
        lines += ["", "dataset, by subset (percent):", *_subset_rows({k: v["dataset"] for k, v in rows.items()})]
    for name, by_class in result["classes"].items():
        if name == "dataset" and len(by_class) > 2:
            lines += ["", "dataset, by class (percent):", *_class_rows(by_class)]
    return "\n".join(lines)


def _apart(result: Result) -> Iterator[str]:
    """A headline and a table per subset; metrics of all together would belong to no set."""
    for name, report in result["subsets"].items():
        count = result["counts"][name]
        yield from ("", f"{name}: {count['videos']} videos, {count['frames']} labelled frames", "")
        yield as_text(report, result["lines"])


def _choice(key: str, value: Any) -> str:
    return key if value is True else f"{key} {value}"


def _subset_rows(rows: Mapping[str, Mapping[str, Any]]) -> list[str]:
    shown = [column for column, key in enumerate(COLUMNS) if any(key in row for row in rows.values())]
    out = [f"  {'':<20}" + "".join(f"{COLUMN_HEADS[column]:>12}" for column in shown)]
    for name, row in rows.items():
        out.append(f"  {name:<20}" + "".join(f"{percent(row.get(COLUMNS[column])):>12}" for column in shown))
    return out


def _class_rows(by_class: Mapping[str, Mapping[str, float | None]]) -> list[str]:
    return [f"  {name:<20}{percent(row['j']):>8}{percent(row['f']):>8}" for name, row in by_class.items()]


def _by_class(metrics: Mapping[str, np.ndarray], classes: Sequence[str]) -> dict[str, dict[str, float | None]]:
    """J and F of the classes that occur, by name."""
    if not metrics:
        return {}
    table = {
        name: {key: None if np.isnan(values[index]) else float(values[index]) for key, values in metrics.items()}
        for index, name in enumerate(classes)
    }
    return {name: row for name, row in table.items() if row["j"] is not None}
