"""Figures of metric protocols as text: for people, as CSV, as a row of a LaTeX table."""

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

from ravs.errors import InputError

ProtocolFigures = Mapping[str, Mapping[str, Any]]  # by protocol: figures as fractions, and their intervals

MAIN_KEYS = ("j", "f", "jf")
LABELS = {"j": "J", "f": "F", "jf": "J&F"}


def output_format(as_json: bool, as_csv: bool, latex: bool) -> str:
    """The form that was asked for, text without any. Raises InputError for more than one."""
    asked = [name for name, wanted in (("json", as_json), ("csv", as_csv), ("latex", latex)) if wanted]
    if len(asked) > 1:
        raise InputError(f"--{' and --'.join(asked)}: results have one form at a time; choose one")
    return asked[0] if asked else "text"


def format_result(form: str, name: str, result: Mapping[str, Any]) -> str:
    """A result in one of the forms text, json, csv and latex; `name` stands at the beginning of the LaTeX row."""
    report = result["protocols"]
    if form == "json":
        return to_json(result)
    if form == "csv":
        return as_csv(report)
    return as_latex(name, report) if form == "latex" else as_text(report, result["lines"])


def to_json(result: Any, indent: int | None = None) -> str:
    """As JSON; whatever JSON has not, paths for one, as text."""
    return json.dumps(result, indent=indent, default=str)


def as_text(report: ProtocolFigures, lines: Mapping[str, str]) -> str:
    """A table of J, F and J&F in percent with 95 % intervals, what each protocol counts, and everything else."""
    width = max(map(len, report))
    rows = [" " * width + "".join(f"  {LABELS[key]:<22}" for key in MAIN_KEYS)]
    for name, figures in report.items():
        rows.append(f"{name:<{width}}" + "".join(f"  {_with_interval(figures, key):<22}" for key in MAIN_KEYS).rstrip())
    rows.append("")
    for name, figures in report.items():
        size = f" (batch_size {figures['batch_size']})" if "batch_size" in figures else ""
        rows.append(f"{name:<{width}}  {lines[name]}{size}")
    for name, figures in report.items():
        others = {key: value for key, value in figures.items() if key not in (*MAIN_KEYS, "interval", "batch_size")}
        if others:
            rows += ["", f"{name}:"] + [f"  {_words(key):<34}{_number(key, value)}" for key, value in others.items()]
    return "\n".join(rows)


def as_csv(report: ProtocolFigures) -> str:
    """A line for each figure: protocol, figure, value, low and high end of its interval."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("protocol", "figure", "value", "low", "high"))
    for name, figures in report.items():
        intervals = figures.get("interval", {})
        for key, value in figures.items():
            if key != "interval":
                low, high = intervals.get(key) or ("", "")
                writer.writerow((name, key, "" if value is None else value, low, high))
    return out.getvalue().rstrip()


def as_latex(name: str, report: ProtocolFigures) -> str:
    """One row: J&F, J and F of each protocol in percent, and above it a comment that says which."""
    columns = [f"{protocol} {LABELS[key]}" for protocol in report for key in ("jf", "j", "f")]
    cells = [_percent(figures.get(key), "--") for figures in report.values() for key in ("jf", "j", "f")]
    safe = name.replace("_", r"\_").replace("&", r"\&").replace("%", r"\%")
    return f"% {', '.join(columns)}\n{safe} & {' & '.join(cells)} \\\\"


def _with_interval(figures: Mapping[str, Any], key: str) -> str:
    ends = figures.get("interval", {}).get(key)
    return _percent(figures.get(key), "undefined") + (f" [{100 * ends[0]:.2f}, {100 * ends[1]:.2f}]" if ends else "")


def _percent(value: float | None, otherwise: str) -> str:
    return otherwise if value is None else f"{100 * value:.2f}"


def _words(key: str) -> str:
    return key.replace("_", " ")


def _number(key: str, value: Any) -> str:
    """Counts as they are, fractions in percent."""
    if value is None:
        return "–"
    return str(value) if isinstance(value, int) else f"{100 * value:.2f}"
