"""Metrics of all protocols as a text table, as CSV, or as a row of a LaTeX table."""

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

from ravs.errors import InputError

ProtocolMetrics = Mapping[str, Mapping[str, Any]]  # by protocol: metrics as fractions, and their intervals

MAIN_KEYS = ("j", "f", "jf")
LABELS = {"j": "J", "f": "F", "jf": "J&F"}


def output_format(as_json: bool, as_csv: bool, latex: bool) -> str:
    """The requested output format, text by default. Raises: InputError for more than one."""
    asked = [name for name, wanted in (("json", as_json), ("csv", as_csv), ("latex", latex)) if wanted]
    if len(asked) > 1:
        raise InputError(f"--{' and --'.join(asked)}: results have one form at a time; choose one")
    return asked[0] if asked else "text"


def format_result(form: str, name: str, result: Mapping[str, Any]) -> str:
    """A result as text, json, csv or latex; `name` begins the LaTeX row."""
    report = result["protocols"]
    if form == "json":
        return to_json(result)
    if form == "csv":
        return as_csv(report)
    return as_latex(name, report) if form == "latex" else as_text(report, result["lines"])


def to_json(result: Any, indent: int | None = None) -> str:
    """As JSON; values that JSON does not have, such as paths, as text."""
    return json.dumps(result, indent=indent, default=str)


def as_text(report: ProtocolMetrics, lines: Mapping[str, str]) -> str:
    """A text table of J, F and J&F in percent with 95 % intervals, what each protocol counts, and all other metrics."""
    width = max(map(len, report))
    rows = [" " * width + "".join(f"  {LABELS[key]:<22}" for key in MAIN_KEYS)]
    for name, metrics in report.items():
        rows.append(f"{name:<{width}}" + "".join(f"  {_with_interval(metrics, key):<22}" for key in MAIN_KEYS).rstrip())
    rows.append("")
    for name, metrics in report.items():
        size = f" (batch_size {metrics['batch_size']})" if "batch_size" in metrics else ""
        rows.append(f"{name:<{width}}  {lines[name]}{size}")
    for name, metrics in report.items():
        others = {key: value for key, value in metrics.items() if key not in (*MAIN_KEYS, "interval", "batch_size")}
        if others:
            rows += ["", f"{name}:"] + [f"  {_words(key):<34}{_number(key, value)}" for key, value in others.items()]
    return "\n".join(rows)


def as_csv(report: ProtocolMetrics) -> str:
    """A line per metric: protocol, figure, value, low and high end of its interval."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("protocol", "figure", "value", "low", "high"))
    for name, metrics in report.items():
        intervals = metrics.get("interval", {})
        for key, value in metrics.items():
            if key != "interval":
                low, high = intervals.get(key) or ("", "")
                writer.writerow((name, key, "" if value is None else value, low, high))
    return out.getvalue().rstrip()


def as_latex(name: str, report: ProtocolMetrics) -> str:
    """One row: J&F, J and F of each protocol in percent, below a comment that names the columns."""
    columns = [f"{protocol} {LABELS[key]}" for protocol in report for key in ("jf", "j", "f")]
    cells = [percent(metrics.get(key), "--") for metrics in report.values() for key in ("jf", "j", "f")]
    safe = name.replace("_", r"\_").replace("&", r"\&").replace("%", r"\%")
    return f"% {', '.join(columns)}\n{safe} & {' & '.join(cells)} \\\\"


def _with_interval(metrics: Mapping[str, Any], key: str) -> str:
    ends = metrics.get("interval", {}).get(key)
    return percent(metrics.get(key), "undefined") + (f" [{100 * ends[0]:.2f}, {100 * ends[1]:.2f}]" if ends else "")


def percent(value: float | None, undefined: str = "–") -> str:
    """A fraction in percent, without the sign."""
    return undefined if value is None else f"{100 * value:.2f}"


def _words(key: str) -> str:
    return key.replace("_", " ")


def _number(key: str, value: Any) -> str:
    """Counts as they are, fractions in percent."""
    if value is None:
        return "–"
    return str(value) if isinstance(value, int) else f"{100 * value:.2f}"
