"""Executes the runs of a table, and updates its report as results arrive."""

import traceback
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from ravs.config.recipe import DatasetRecipe
from ravs.errors import InputError, RavsError
from ravs.experiments.dataset_runs import sets_in
from ravs.experiments.experiment_run import ExperimentRun, RunLabel, result_of, runs_module, runs_of
from ravs.experiments.parallel_runs import default_jobs, run_parallel
from ravs.experiments.table import ExperimentTable
from ravs.experiments.table_report import main_figure, write_report
from ravs.training import train
from ravs.visualization.charts import check_chart

WORK_FOLDER = Path("runs/experiments")
ReportLine = Callable[[str], None]


def run_table(
    table: ExperimentTable,
    *,
    library: Path | None = None,
    data: Path | None = None,
    out: Path,
    work: Path | None = None,
    jobs: int = 0,
    report: ReportLine = lambda line: None,
) -> Path:
    """Execute the missing runs of a table; returns the path of its report, which is written again after each run.

    Args:
        table: rows and seeds.
        library: library of cut-outs, sounds and backgrounds, for a table on composed clips.
        data: folder of the data sets, for a table on these. Columns whose set is missing are left out.
        out: folder of reports, charts and results/KEY.json.
        work: folder of the runs; those that rows start from lie there by name. None: WORK_FOLDER.
        jobs: number of parallel runs; each has its own GPU where there are any, else a share of the cores. 0: as many
            as there are GPUs, or else one for every two cores, at most eight.
        report: called with a line at the start, and after each run.

    Raises: InputError before anything is trained, for an invalid recipe, for a folder that is missing or not needed,
    or where no chart can be drawn; RavsError for failed runs, after all others.
    """
    if jobs < 0:
        raise InputError(f"jobs is {jobs}; give a number of runs, or 0 for as many as suit the machine")
    work = work or WORK_FOLDER
    check_chart(out / f"{table.name}.png")
    runs = runs_of(table)
    source = source_of(table, runs, library, data)
    wanted = {run.key: run for run in runs_with_data(runs, source, report)}
    missing = {key: run for key, run in wanted.items() if not (out / "results" / f"{key}.json").is_file()}
    prepare(table, missing.values(), work, report, {True: data, False: library})
    report(f"{len(wanted) - len(missing)} of {len(wanted)} runs are already done")
    act = partial(try_run, act=partial(result_of, source=source, work=work, results=out / "results"))
    names = {run.key: str(label) for label, run in reversed(runs.items())}
    path, failed, done = write_report(table, runs, out), [], len(wanted) - len(missing)
    for result in run_parallel(act, list(missing.values()), jobs or default_jobs()):
        name = f"{names[result['key']]} ({result['key']})"
        if "failed" in result:
            failed.append(f"{name}: {result['failed']}")
            continue
        done += 1
        path = write_report(table, runs, out)
        report(f"{done}/{len(wanted)} {name}: J&F {main_figure(result):.3f} in {result['seconds']} s")
    if failed:
        raise RavsError(f"{len(failed)} of {len(wanted)} runs failed, {path} has the others. " + " · ".join(failed))
    return path


def source_of(
    table: ExperimentTable, runs: Mapping[RunLabel, ExperimentRun], library: Path | None, data: Path | None
) -> Path:
    """The folder of the rows' clips.

    Raises: InputError where it is not given, or where an unused folder is given.
    """
    on_sets = next(iter(runs.values())).on_set
    needed = {on_sets, *(isinstance(recipe.data, DatasetRecipe) for recipe in table.prepared().values())}
    given = {True: ("--data", data, "data sets"), False: ("--library", library, "composed clips")}
    words = {True: "the folder that holds them", False: "the folder of a library"}
    for kind in needed:
        option, folder, clips = given[kind]
        if folder is None:
            raise InputError(f"{table.path} trains on {clips}: give {option}, {words[kind]}")
    for kind, (option, folder, clips) in given.items():
        if kind not in needed and folder is not None:
            raise InputError(f"{option} {folder}: nothing in {table.path} trains on {clips}; leave it out")
    source = data if on_sets else library
    assert source is not None  # it is needed
    return source


def runs_with_data(runs: Mapping[RunLabel, ExperimentRun], source: Path, report: ReportLine) -> list[ExperimentRun]:
    """The runs whose data set the folder has; missing ones are reported. Raises: InputError if it has none."""
    sets = {run.recipe.data.set: run.recipe.data for run in runs.values() if isinstance(run.recipe.data, DatasetRecipe)}
    present, notes = sets_in(source, sets.values())
    for note in notes:
        report(note)
    return [
        run for run in runs.values() if not isinstance(run.recipe.data, DatasetRecipe) or run.recipe.data.set in present
    ]


def prepare(
    table: ExperimentTable,
    runs: Iterable[ExperimentRun],
    work: Path,
    report: ReportLine,
    sources: Mapping[bool, Path | None],
) -> None:
    """Train the runs that others start from, unless done. `sources`: folder of data sets (True), library (False)."""
    starts = [recipe for run in runs for recipe in run.prepared]
    for name, recipe in table.prepared().items():
        source = sources[isinstance(recipe.data, DatasetRecipe)]
        if recipe in starts and source is not None:
            train(recipe, out=work / name, report=report, **runs_module(recipe).data_arguments(recipe, source))


def try_run(run: ExperimentRun, act: Callable[[ExperimentRun], dict[str, Any]]) -> dict[str, Any]:
    """The result of a run, or why it failed, so that the others continue."""
    try:
        return act(run)
    except RavsError as error:
        return {"key": run.key, "failed": str(error)}
    except Exception as error:
        traceback.print_exc()  # not a user's mistake
        return {"key": run.key, "failed": f"{type(error).__name__}: {error}"}
