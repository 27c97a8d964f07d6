"""Reports a table of runs on data sets as Markdown: a section per column, metrics in percent by protocol."""

from collections.abc import Mapping, Sequence

from ravs.experiments.dataset_runs import PER_DATASET, PER_FRAME, SIZE
from ravs.experiments.markdown_table import (
    RowResults,
    hashes_of,
    markdown_rows,
    missing_runs_note,
    paper_cells,
    with_spread,
)
from ravs.experiments.table import ExperimentTable

MAIN = {"jf": "J&F", "j": "J", "f": "F"}  # in the paper's order
SETTING = (
    "Each run trains the recipe that its row names on the set's train split, keeps the weights of the best validation "
    f"J&F, and is scored on test at {SIZE} px. Values are percent: `{PER_DATASET}` counts over the whole set, as the "
    f"paper's authors do; `{'` and `'.join(PER_FRAME)}` are means over frames, as most of the field prints. Every "
    "protocol of docs/metrics.md is in results/KEY.json. ± is the deviation between seeds; parameters are all of "
    "the model's, encoders included."
)


def sections_of(table: ExperimentTable, lines: Mapping[str, Sequence[RowResults]]) -> str:
    """Title, question, setting, and a table per column."""
    text = [f"# {table.title}", "", table.question.strip(), "", SETTING]
    if table.changes:
        text += [f"Changed in every row: {', '.join(f'`--set {one}`' for one in table.changes)}."]
    for column, of_column in lines.items():
        text += ["", *([f"## {column}", ""] if column else []), *_section(table, column, of_column)]
    done = sum(len(line.results) for of_column in lines.values() for line in of_column)
    return "\n".join([*text, *missing_runs_note(done, len(table.rows) * len(lines) * len(table.seeds))]) + "\n"


def _section(table: ExperimentTable, column: str, lines: Sequence[RowResults]) -> list[str]:
    results = [result for line in lines for result in line.results]
    shown = [name for name in (PER_DATASET, *PER_FRAME) if any(name in result["figures"] for result in results)]
    shown = shown or [PER_DATASET]
    heads = ["", "seeds", *(f"{name} {word}" for name in shown for word in MAIN.values()), "parameters"]
    rows = [
        [
            line.row.name,
            str(len(line.results)),
            *(with_spread(100 * line.values(name, key), 2) for name in shown for key in MAIN),
            line.parameters,
            *paper_cells(line, column, len(table.paper)),
        ]
        for line in lines
    ]
    return [*_about(lines), *markdown_rows([*heads, *(f"paper: {figure}" for figure in table.paper)], rows)]


def _about(lines: Sequence[RowResults]) -> list[str]:
    """Which sets were scored, and how much of them."""
    found = {
        f"{result['set']}, {result['split']}: videos {result['videos']:,}, labelled frames {result['frames']:,}."
        for line in lines
        for result in line.results
    }
    return [*sorted(found), *hashes_of(lines, "evaluated"), ""] if found else []
