"""Does a model listen? Evaluates the same videos with their own audio and under seven other conditions.

The negative conditions silence, ambient noise and off-screen audio, and the share of falsely marked pixels as their
measure, are those of AVSBench-Robust (arXiv 2502.00358).
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ravs.evaluation.audio_conditions import AUDIO_CONDITIONS
from ravs.evaluation.job import EvaluationJob, EvaluationRequest
from ravs.evaluation.report import Result
from ravs.parallel import ProgressFunction
from ravs.visualization.charts import chart

ConditionRow = dict[str, Any]


def run_listening_test(request: EvaluationRequest, progress: ProgressFunction | None = None) -> Result:
    """Evaluate under every audio condition that the set allows.

    Returns: {"setting", "frames", "videos", "sounds": {name: {"j", "f", "jf", "false_positive_rate", "interval", …}},
    "left_out": {name: why}}.
    """
    job = EvaluationJob.open(replace(request, settings=replace(request.settings, sound="own")))
    left_out = inapplicable_conditions(job)
    records = {name: job.records(name) for name in AUDIO_CONDITIONS if name not in left_out}
    job.run.count_videos(records, workers=request.workers, progress=progress)
    results = {name: job.result(counts) for name, counts in records.items()}
    own = results["own"]
    return {
        "folder": str(records["own"].folder.parent),
        "setting": own["setting"],
        "data_sha256": own["data_sha256"],
        "frames": own["frames"],
        "videos": own["videos"],
        "ambient": job.ambient_description(),
        "sounds": {name: condition_row(name, result) for name, result in results.items()},
        "left_out": left_out,
    }


def inapplicable_conditions(job: EvaluationJob) -> dict[str, str]:
    """Audio conditions that the set does not allow, and why."""
    entries, found = job.run.entries, {}
    first = job.run.data.read(entries[0])
    if len(first.waveform) == 1:
        found["swapped"] = "the set is in mono"
    if len(first) == 1:
        found["late"] = "its clips last one second"
    if len(entries) == 1:
        found["other"] = "there is a single video"
    named = [set(entry.sounding) for entry in entries]
    if job.run.data.binary and not all(named):
        found["off-screen"] = "the set does not say which classes sound"
    elif all(named) and not all(any(not one & other for other in named) for one in named):
        found["off-screen"] = "not every video has another one of other classes"
    return found


def condition_row(name: str, result: Result) -> ConditionRow:
    """Binary metrics under one condition. Under a negative one every marked pixel is a false positive."""
    metrics = result["protocols"]["dataset"]
    sounding = "sounding_" if "sounding_j" in metrics else ""
    keys = {key: f"{sounding}{key}" for key in ("j", "f", "jf")}
    keys["false_positive_rate"] = "marked" if AUDIO_CONDITIONS[name].negative else "pixel_false_positive_rate"
    row: ConditionRow = {key: metrics[source] for key, source in keys.items()}
    intervals = metrics.get("interval", {})
    row["interval"] = {key: intervals.get(source) for key, source in keys.items()}
    return row | {"expected": AUDIO_CONDITIONS[name].expected, "negative": AUDIO_CONDITIONS[name].negative}


def listening_test_as_text(result: Result) -> str:
    """A text table with a row per condition, in percent, with 95 % intervals."""
    model, data = result["setting"]["model"]["name"], result["setting"]["data"]
    lines = [f"does {model} listen? {data}: {result['videos']} videos, {result['frames']} labelled frames", ""]
    lines.append(f"{'heard':<12}{'J':>22}{'F':>22}{'falsely marked':>24}   a model that listens:")
    for name, row in result["sounds"].items():
        cells = "".join(
            f"{_cell(row, key):>{width}}" for key, width in (("j", 22), ("f", 22), ("false_positive_rate", 24))
        )
        lines.append(f"{name:<12}{cells}   {row['expected']}")
    lines += ["", f"ambient sound: {result['ambient']}"]
    lines += [f"{name:<12}not measured: {why}" for name, why in result["left_out"].items()]
    lines += [
        "",
        "J and F of sounding against silent, per dataset, by the ground truth of the own audio. Falsely marked: share",
        "of silent pixels that are marked, or of all pixels where nothing in view is heard, as in AVSBench-Robust.",
    ]
    return "\n".join(lines)


def _cell(row: ConditionRow, key: str) -> str:
    if row[key] is None:
        return "undefined"
    ends = row["interval"][key]
    return f"{100 * row[key]:.2f}" + (f" [{100 * ends[0]:.2f}, {100 * ends[1]:.2f}]" if ends else "")


def draw_listening_chart(result: Result, path: Path) -> None:
    """Draw a bar chart of J, F and falsely marked pixels, a group of bars per condition."""
    rows: Mapping[str, ConditionRow] = result["sounds"]
    kinds = (("j", "J", "#3b6ea8"), ("f", "F", "#8fb3d9"), ("false_positive_rate", "falsely marked", "#c8553d"))
    with chart(path, 10, 4) as axes:
        for index, (key, word, color) in enumerate(kinds):
            heights = [100 * (row[key] or 0) for row in rows.values()]
            ends = [row["interval"][key] or (row[key] or 0,) * 2 for row in rows.values()]
            errors = [
                [max(height - 100 * low, 0) for height, (low, _) in zip(heights, ends, strict=True)],
                [max(100 * high - height, 0) for height, (_, high) in zip(heights, ends, strict=True)],
            ]
            left = [number + 0.27 * (index - 1) for number in range(len(rows))]
            axes.bar(left, heights, 0.25, yerr=errors, capsize=2, color=color, label=word, error_kw={"lw": 0.8})
        negatives = [number for number, row in enumerate(rows.values()) if row["negative"]]
        axes.axvspan(negatives[0] - 0.48, negatives[-1] + 0.48, color="#f0f0f0", zorder=0)
        axes.set_ylim(top=1.2 * axes.get_ylim()[1])
        middle = (negatives[0] + negatives[-1]) / 2
        axes.text(middle, 0.98 * axes.get_ylim()[1], "nothing in view is heard", ha="center", va="top", color="#666666")
        axes.set_xticks(range(len(rows)), rows)
        axes.set_ylabel("percent")
        axes.set_title(f"Does {result['setting']['model']['name']} listen? {result['videos']} videos, by what is heard")
        axes.legend(frameon=False, ncols=3, loc="upper right")
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="y", alpha=0.3)
        axes.set_axisbelow(True)
