"""A speed report as a chart: models beside the bare encoder, parts of a forward pass and of a video, growth."""

from pathlib import Path
from typing import Any

from ravs.evaluation.speed.growth import GrowthPoint
from ravs.evaluation.speed.meter import Cost
from ravs.evaluation.speed.speed_report import SpeedReport
from ravs.visualization.charts import chart

ROW_INCHES, LEAST_INCHES = 0.25, 3.0
COLOR = "steelblue"


def draw_speed_chart(report: SpeedReport, path: Path) -> None:
    """Bars of median milliseconds, with whiskers from the least to the most; growth as lines.

    Raises: InputError for a suffix other than .png, .svg and .pdf, or where matplotlib is missing.
    """
    panels = {
        "forward pass": {name: speed.whole for name, speed in report.models.items()} | {"bare encoder": report.bare},
        f"parts of {report.setting.preset}": report.parts,
        f"video of {report.setting.video_height} rows": report.video_parts,
    }
    rows = max(map(len, panels.values()))
    width, height = 4.5 * (len(panels) + len(report.growth)), max(LEAST_INCHES, ROW_INCHES * rows + 1)
    with chart(path, width, height, columns=len(panels) + len(report.growth)) as axes:
        for axis, (title, costs) in zip(axes, panels.items(), strict=False):
            _draw_bars(axis, title, costs)
        for axis, (name, points) in zip(axes[len(panels) :], report.growth.items(), strict=True):
            _draw_growth(axis, name, points)


def _draw_bars(axis: Any, title: str, costs: dict[str, Cost]) -> None:
    medians = [1e3 * cost.median_s for cost in costs.values()]
    below = [1e3 * (cost.median_s - cost.least_s) for cost in costs.values()]
    above = [1e3 * (cost.most_s - cost.median_s) for cost in costs.values()]
    axis.barh(list(costs), medians, xerr=(below, above), color=COLOR, ecolor="black")
    axis.invert_yaxis()
    axis.set_title(title)
    axis.set_xlabel("ms")


def _draw_growth(axis: Any, name: str, points: tuple[GrowthPoint, ...]) -> None:
    places = [point.size if name == "side" else point.seconds for point in points]
    axis.plot(places, [point.cost.median_s for point in points], marker="o", color=COLOR)
    axis.set_xticks(places)
    axis.set_ylim(bottom=0)
    axis.set_title("growth")
    axis.set_xlabel("side in pixels" if name == "side" else "seconds of the clip")
    axis.set_ylabel("s")
