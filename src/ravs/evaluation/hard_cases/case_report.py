"""Counts of the hard cases as a table with definitions, as JSON, and as a chart."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ravs.data.datasets.base import AvsDataset
from ravs.evaluation.hard_cases.case_counts import CaseCounts, CaseCountSettings, Occurrence
from ravs.evaluation.hard_cases.cases import DEFINITIONS
from ravs.visualization.charts import chart

COLORS = {"case_1": "#4477AA", "case_2": "#EE6677", "several_instances": "#BBAA33"}
SHARES = {"frame_share": "labelled frames", "video_share": "videos with at least one such frame"}
UNKNOWN = "unknown"


def case_title(found: AvsDataset, settings: CaseCountSettings) -> str:
    """The title: which videos were counted."""
    part = "" if settings.fraction == 1 else f", {100 * settings.fraction:g} % of the videos (seed {settings.seed})"
    return f"{found.title}, {settings.split or 'all splits'}{part}"


def as_table(counts: Mapping[str, CaseCounts]) -> str:
    """A Markdown table with a row per subset, and the definitions below."""
    cases = shown_cases(counts)
    names = [name.replace("_", " ") for name in cases]
    header = ["", "videos", "labelled frames", *(f"{name}: {of}" for name in names for of in ("frames", "videos"))]
    rows = [header, ["---"] * len(header)]
    for subset, one in counts.items():
        cells = [subset, f"{one.videos:,}", f"{one.labelled_frames:,}"]
        rows.append([*cells, *(cell for name in cases for cell in _cells(getattr(one, name)))])
    lines = [f"{name}: {DEFINITIONS[name]}." for name in names]
    return "\n".join(["| " + " | ".join(row) + " |" for row in rows] + ["", *lines])


def as_json(found: AvsDataset, settings: CaseCountSettings, counts: Mapping[str, CaseCounts]) -> dict[str, Any]:
    """The settings, the definitions, and the counts of each subset; null where the set lacks the information."""
    return {
        "set": found.title,
        "root": str(found.root),
        "split": settings.split,
        "fraction": settings.fraction,
        "seed": settings.seed,
        "definitions": DEFINITIONS,
        "subsets": {subset: one.as_json() for subset, one in counts.items()},
    }


def draw_case_chart(path: Path, heading: str, counts: Mapping[str, CaseCounts]) -> None:
    """Draw two bar charts: shares of labelled frames and of videos, by subset and case.

    Raises: InputError for an unknown suffix, or where matplotlib is missing.
    """
    cases = shown_cases(counts)
    with chart(path, 2 * max(2.5 + 0.9 * len(counts), 4), 4, columns=2, sharey=True) as axes:
        for axis, (share, what) in zip(axes, SHARES.items(), strict=True):
            for place, name in enumerate(cases):
                _bars(axis, counts, name, share, (place - (len(cases) - 1) / 2) * 0.8 / len(cases), 0.76 / len(cases))
            axis.set_xticks(range(len(counts)), list(counts))
            axis.set_title(what, fontsize=10)
            axis.set_ylim(0, 109)  # room for the number above a full bar
            axis.set_yticks(range(0, 101, 20))
            axis.spines[["top", "right"]].set_visible(False)
        axes[0].set_ylabel("share, %")
        handles, labels = axes[0].get_legend_handles_labels()
        axes[0].figure.legend(handles, labels, loc="outside lower center", ncols=len(cases), frameon=False)
        axes[0].figure.suptitle(heading, fontsize=11)


def shown_cases(counts: Mapping[str, CaseCounts]) -> list[str]:
    """The cases to show: the paper's two, and several instances where they are known."""
    known = any(one.several_instances for one in counts.values())
    return [name for name in COLORS if known or name != "several_instances"]


def _bars(axis: Any, counts: Mapping[str, CaseCounts], name: str, share: str, offset: float, width: float) -> None:
    """A case's bars with their values, or the word unknown."""
    cases: list[Occurrence | None] = [getattr(one, name) for one in counts.values()]
    heights = [100 * getattr(case, share) if case else 0.0 for case in cases]
    positions = [position + offset for position in range(len(cases))]
    axis.bar(positions, heights, width, label=name.replace("_", " "), color=COLORS[name])
    for position, height, case in zip(positions, heights, cases, strict=True):
        text = f"{height:.1f}" if case else UNKNOWN
        axis.annotate(
            text,
            (position, height),
            (0, 2),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=8,
            rotation=0 if case else 90,
            color="black" if case else "gray",
        )


def _cells(case: Occurrence | None) -> tuple[str, str]:
    """Shares of frames and of videos, with the counts behind them."""
    if case is None:
        return UNKNOWN, UNKNOWN
    return (
        f"{100 * case.frame_share:.1f} % ({case.frames:,} of {case.of_frames:,})",
        f"{100 * case.video_share:.1f} % ({case.videos:,} of {case.of_videos:,})",
    )
