"""Writes a table of results as Markdown, with means, deviations and the paper's values, and its chart."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ravs.config.recipe import ComposedDataRecipe, Recipe
from ravs.experiments.dataset_report import sections_of
from ravs.experiments.dataset_runs import PER_DATASET
from ravs.experiments.experiment_run import ExperimentRun, RunLabel, kept_results
from ravs.experiments.library_runs import CLIPS, SEED, SUBSETS
from ravs.experiments.markdown_table import (
    RowResults,
    hashes_of,
    markdown_rows,
    missing_runs_note,
    paper_cells,
    with_spread,
)
from ravs.experiments.table import ExperimentTable
from ravs.files import write_atomic
from ravs.visualization.charts import chart

HEADS = {
    "ss": "SS",
    "ms": "MS",
    "msmi": "MSMI",
    "mean": "mean",
    "look-alike": "look-alike J",
    "transition": "transition J",
}
NEGATIVES = ("negative silence", "negative noise", "negative ambient", "negative off-screen")


def write_report(table: ExperimentTable, runs: Mapping[RunLabel, ExperimentRun], out: Path) -> Path:
    """Write OUT/TABLE.md and OUT/TABLE.png from the existing results, and return the first path."""
    lines = {
        column: [
            RowResults(
                row, kept_results((runs[RunLabel(row.name, seed, column)] for seed in table.seeds), out / "results")
            )
            for row in table.rows
        ]
        for column in table.settings
    }
    path, first = out / f"{table.name}.md", next(iter(runs.values()))
    write_atomic(path, sections_of(table, lines) if first.on_set else as_markdown(table, lines[""], first.recipe))
    if any(line.results for of_column in lines.values() for line in of_column):
        bars = bars_of_sets(lines) if first.on_set else bars_of_library(lines[""])
        label = f"J&F ({PER_DATASET}), percent" if first.on_set else "J&F of sounding against silent"
        draw_table_chart(table, bars, label, out / f"{table.name}.png")
    return path


def main_figure(result: Mapping[str, Any]) -> float:
    """The main J&F of a run: of sounding against silent on composed clips, the paper's on a data set."""
    figures = result["figures"]
    return float(figures["mean"] if "mean" in figures else figures[PER_DATASET]["jf"])


def as_markdown(table: ExperimentTable, lines: Sequence[RowResults], recipe: Recipe) -> str:
    """The report on composed clips: title, setting, and a row for each row of the table."""
    over = ["J&F over classes"] if any(over_classes(line) for line in lines) else []
    heads = ["", "seeds", *HEADS.values(), "class right", "marked in negatives", "parameters", *over]
    heads += [f"paper: {column}" for column in table.paper]
    rows = [
        [*_cells(line), *(over_classes(line) or "–" for _ in over), *paper_cells(line, "", len(table.paper))]
        for line in lines
    ]
    text = [f"# {table.title}", "", table.question.strip(), "", setting_of(table, recipe)]
    text += [*hashes_of(lines, "val"), "", *markdown_rows(heads, rows)]
    done, most = sum(len(line.results) for line in lines), len(lines) * len(table.seeds)
    return "\n".join([*text, *missing_runs_note(done, most)]) + "\n"


def setting_of(table: ExperimentTable, recipe: Recipe) -> str:
    """The setting that all rows share, in words."""
    data, training = recipe.data, recipe.training
    assert isinstance(data, ComposedDataRecipe)  # checked by callers
    classes = len(recipe.model.get("classes", ())) or "all"
    return (
        f"Setting (`{table.settings[''].name}`): {classes} classes, {data.size} px, {training.steps} steps of "
        f"{training.batch_size} clips of {data.seconds} s, {data.scenes * max(data.takes, 1)} clips from "
        f"{data.scenes} scenes. Val: {CLIPS} clips of each subset, seed {SEED}. SS, MS, MSMI and mean are J&F of "
        "sounding against silent (per dataset); class right: share of rightly marked pixels whose class is right; "
        "± is the deviation between seeds; parameters are all of the model's, encoders included."
    )


def over_classes(line: RowResults) -> str:
    """J&F over classes, empty unless every seed has it; the first results lack it."""
    values = line.values("classes")
    return with_spread(values) if len(values) == len(line.results) > 0 else ""


def _cells(line: RowResults) -> list[str]:
    cells = [line.row.name, str(len(line.results))]
    cells += [with_spread(line.values(name)) for name in HEADS]
    cells.append(with_spread(line.values("class right")))
    negatives = [line.values(name) for name in NEGATIVES]
    means = [100 * float(values.mean()) for values in negatives if len(values)]
    return [*cells, f"{np.mean(means):.2f} %" if means else "–", line.parameters]


def bars_of_library(lines: Sequence[RowResults]) -> dict[str, list[np.ndarray]]:
    """J&F of each seed, by subset and then row."""
    return {HEADS[name]: [line.values(name) for line in lines] for name in SUBSETS}


def bars_of_sets(lines: Mapping[str, Sequence[RowResults]]) -> dict[str, list[np.ndarray]]:
    """J&F of each seed over the whole set in percent, by column and then row."""
    return {
        column or PER_DATASET: [100 * line.values(PER_DATASET, "jf") for line in of_column]
        for column, of_column in lines.items()
    }


def draw_table_chart(table: ExperimentTable, bars: Mapping[str, Sequence[np.ndarray]], label: str, path: Path) -> None:
    """Draw a group of bars for each row with results; whiskers are the deviation between seeds."""
    shown = [row for row in range(len(table.rows)) if any(len(values[row]) for values in bars.values())]
    positions, width = np.arange(len(shown)), 0.75 / len(bars)
    with chart(path, 8, 1.2 + 0.45 * len(shown)) as axes:
        for index, (name, of_rows) in enumerate(bars.items()):
            found = [of_rows[row] for row in shown]
            means = [values.mean() if len(values) else np.nan for values in found]
            spread = [values.std(ddof=1) if len(values) > 1 else 0.0 for values in found]
            axes.barh(positions + width * (index - (len(bars) - 1) / 2), means, 0.92 * width, xerr=spread, label=name)
        axes.set_yticks(positions, [table.rows[row].name for row in shown])
        axes.set_ylim(len(shown) - 0.5, -0.5)  # the first row on top
        axes.set_xlabel(label)
        axes.set_title(table.title)
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))  # beside the bars
