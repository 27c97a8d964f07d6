"""A table of results as Markdown, with means, deviations and the paper's figures, and its chart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ravs.charts import chart
from ravs.experiments.run import CLIPS, SEED, SUBSETS, Run, found
from ravs.experiments.table import Row, Table
from ravs.files import write_whole
from ravs.recipe import DataRecipe, Recipe

HEADS = {
    "ss": "SS",
    "ms": "MS",
    "msmi": "MSMI",
    "mean": "mean",
    "look-alike": "look-alike J",
    "transition": "transition J",
}
NEGATIVES = ("negative silence", "negative noise", "negative ambient", "negative off-screen")


@dataclass(frozen=True)
class Line:
    """A row with the results of its seeds."""

    row: Row
    results: Sequence[dict[str, Any]]

    def values(self, name: str) -> np.ndarray:
        """A figure of each seed."""
        return np.array([result["figures"][name] for result in self.results if name in result["figures"]])

    @property
    def over_classes(self) -> str:
        """J&F over classes, empty unless every seed has it: the first results were kept without."""
        found = self.values("classes")
        return _with_spread(found) if len(found) == len(self.results) > 0 else ""


def write_report(table: Table, runs: Mapping[tuple[str, int], Run], out: Path) -> Path:
    """Writes OUT/TABLE.md and OUT/TABLE.png from the results that are there, and returns the first."""
    lines = [Line(row, found((runs[row.name, seed] for seed in table.seeds), out / "results")) for row in table.rows]
    path = out / f"{table.name}.md"
    write_whole(path, as_markdown(table, lines, next(iter(runs.values())).recipe))
    if any(line.results for line in lines):
        draw(table, lines, out / f"{table.name}.png")
    return path


def as_markdown(table: Table, lines: Sequence[Line], recipe: Recipe) -> str:
    """Title, setting, and a row for each row of the table."""
    over = ["J&F over classes"] if any(line.over_classes for line in lines) else []
    heads = ["", "seeds", *HEADS.values(), "class right", "marked in negatives", "parameters", *over]
    heads += [f"paper: {column}" for column in table.paper]
    rows = [
        [*_cells(line), *(line.over_classes or "–" for _ in over), *_of_paper(line, len(table.paper))] for line in lines
    ]
    text = [f"# {table.title}", "", table.question.strip(), "", setting_of(table, recipe), *hashes_of(lines), ""]
    text += [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    text += [f"| {' | '.join(row)} |" for row in rows]
    done = sum(len(line.results) for line in lines)
    text += ["", f"{done} of {len(lines) * len(table.seeds)} runs; the same line runs the rest."]
    return "\n".join(text if done < len(lines) * len(table.seeds) else text[:-2]) + "\n"


def setting_of(table: Table, recipe: Recipe) -> str:
    """What all rows share, in words."""
    data, training = recipe.data, recipe.training
    assert isinstance(data, DataRecipe)  # the table promises it
    classes = len(recipe.model.get("classes", ())) or "all"
    return (
        f"Setting (`{table.setting.name}`): {classes} classes, {data.size} px, {training.steps} steps of "
        f"{training.batch_size} clips of {data.seconds} s, {data.scenes * max(data.takes, 1)} takes of "
        f"{data.scenes} scenes. Val: {CLIPS} clips of each subset, seed {SEED}. SS, MS, MSMI and mean are J&F of "
        "sounding against not (per dataset); class right is the share of rightly marked pixels whose class is right; "
        "± is the deviation between seeds; parameters are all of the model's, encoders included."
    )


def hashes_of(lines: Sequence[Line]) -> list[str]:
    """The val sets that were read, by the beginning of their hash: one, unless results of two libraries met."""
    hashes = sorted({result["data_sha256"][:16] for line in lines for result in line.results})
    return [f"SHA-256 of the val clips: {', '.join(hashes)}…"] if hashes else []


def _of_paper(line: Line, columns: int) -> list[str]:
    return ["–" if figure is None else f"{figure:g}" for figure in line.row.paper or (None,) * columns]


def _cells(line: Line) -> list[str]:
    cells = [line.row.name, str(len(line.results))]
    cells += [_with_spread(line.values(name)) for name in HEADS]
    cells.append(_with_spread(line.values("class right")))
    negatives = [line.values(name) for name in NEGATIVES]
    means = [100 * float(values.mean()) for values in negatives if len(values)]
    cells.append(f"{np.mean(means):.2f} %" if means else "–")
    cells.append(f"{line.results[0]['parameters'] / 1e6:.2f} M" if line.results else "–")
    return cells


def _with_spread(values: np.ndarray) -> str:
    """Mean and, of several, the sample's standard deviation."""
    if not len(values):
        return "–"
    return f"{values.mean():.3f}" + (f" ± {values.std(ddof=1):.3f}" if len(values) > 1 else "")


def draw(table: Table, lines: Sequence[Line], path: Path) -> None:
    """J&F of the subsets, a group of bars for each row; whiskers are the deviation between seeds."""
    shown = [line for line in lines if line.results]
    places = np.arange(len(shown))
    with chart(path, 8, 1.2 + 0.45 * len(shown)) as axes:
        for index, name in enumerate(SUBSETS):
            means = [line.values(name).mean() for line in shown]
            spread = [line.values(name).std(ddof=1) if len(line.results) > 1 else 0.0 for line in shown]
            axes.barh(places + 0.25 * (index - 1), means, 0.23, xerr=spread, label=HEADS[name])
        axes.set_yticks(places, [line.row.name for line in shown])
        axes.set_ylim(len(shown) - 0.5, -0.5)  # the first row on top
        axes.set_xlabel("J&F of sounding against not")
        axes.set_title(table.title)
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))  # beside the bars
