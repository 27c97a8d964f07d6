"""Carry out a table's runs, one after the other or several at once, and write the table as results come in."""

import os
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import get_context
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Any

import torch

from ravs.charts import check_chart
from ravs.errors import InputError, RavsError
from ravs.experiments.report import write_report
from ravs.experiments.run import Run, carry_out, runs_of
from ravs.experiments.table import Table
from ravs.training import train

WORK = Path("runs/experiments")
MOST = 8  # runs at once without GPUs: each holds a GB or two
Report = Callable[[str], None]


def experiment(
    table: Table, *, library: Path, out: Path, work: Path = WORK, jobs: int = 0, report: Report = lambda line: None
) -> Path:
    """Runs what is missing of a table, and returns the path of the table, which is written anew after each run.

    Args:
        table: rows and seeds.
        library: of cut-outs, sounds and backgrounds.
        out: folder of tables, charts and results/KEY.json.
        work: folder of the runs; those that rows start from lie there by their names.
        jobs: runs at once; each has a GPU of its own where there are some, else a share of the cores. 0 takes as many
            as there are GPUs, or else one for every two cores, at most MOST.
        report: called with a line at the start, and after each run.

    Raises: InputError for a recipe that cannot be trained, or where no chart can be drawn, before anything is trained;
    RavsError, when all others are done, for runs that failed.
    """
    if jobs < 0:
        raise InputError(f"jobs is {jobs}; give a number of runs, or 0 for as many as suit the machine")
    check_chart(out / f"{table.name}.png")
    jobs = jobs or jobs_here()
    runs = runs_of(table)
    missing = {run.key: run for run in runs.values() if not (out / "results" / f"{run.key}.json").is_file()}
    names = {run.key: f"{name}, seed {seed}" for (name, seed), run in reversed(runs.items())}
    for name, recipe in table.prepared().items():
        if any(recipe in run.prepared for run in missing.values()):
            train(recipe, library=library, out=work / name, report=report)  # at once where it is done
    done = len(names) - len(missing)
    report(f"{done} of {len(names)} runs are done before")
    act = partial(tried, act=partial(carry_out, library=library, work=work, results=out / "results"))
    path, failed = write_report(table, runs, out), []
    for result in _all(act, list(missing.values()), jobs):
        name = f"{names[result['key']]} ({result['key']})"
        if "failed" in result:
            failed.append(f"{name}: {result['failed']}")
            continue
        done += 1
        path = write_report(table, runs, out)
        report(f"{done}/{len(names)} {name}: J&F {result['figures']['mean']:.3f} in {result['seconds']} s")
    if failed:
        raise RavsError(f"{len(failed)} of {len(names)} runs failed, {path} has the others. " + " · ".join(failed))
    return path


def tried(run: Run, act: Callable[[Run], dict[str, Any]]) -> dict[str, Any]:
    """What came of a run: its result, or why there is none. The others go on."""
    try:
        return act(run)
    except RavsError as error:
        return {"key": run.key, "failed": str(error)}
    except Exception as error:
        traceback.print_exc()  # nothing that a user did
        return {"key": run.key, "failed": f"{type(error).__name__}: {error}"}


def jobs_here() -> int:
    """How many runs at once suit the machine: one a GPU, or one for every two cores that this process may use."""
    return torch.cuda.device_count() or min(max(cores() // 2, 1), MOST)


def cores() -> int:
    """Cores that this process may use; on macOS and Windows all that there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _all(act: Callable[[Run], dict[str, Any]], runs: list[Run], jobs: int) -> Iterator[dict[str, Any]]:
    """Results in the order in which they are done."""
    if jobs == 1 or len(runs) < 2:
        yield from map(act, runs)
        return
    context = get_context("spawn")
    places: Queue[str | None] = context.Queue()
    for place in places_of(jobs):
        places.put(place)
    with ProcessPoolExecutor(jobs, context, _settle, (places, jobs)) as pool:
        futures = [pool.submit(act, run) for run in runs]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BrokenProcessPool:
            raise RavsError(
                f"a run was ended from outside, perhaps for want of memory: run again to go on, "
                f"with fewer jobs than {jobs}"
            ) from None
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def places_of(jobs: int) -> list[str | None]:
    """The GPU of each of the jobs, as CUDA_VISIBLE_DEVICES names it; None without GPUs."""
    if not torch.cuda.is_available():
        return [None] * jobs
    told = os.environ.get("CUDA_VISIBLE_DEVICES")
    gpus = told.split(",") if told else [str(index) for index in range(torch.cuda.device_count())]
    return [gpus[place % len(gpus)] for place in range(jobs)]


def _settle(places: "Queue[str | None]", jobs: int) -> None:
    """Give a worker its GPU, or its share of the cores.

    It sees its own GPU alone, and is told before it asks for any: Trainer takes the first that it sees.
    """
    place = places.get()
    if place is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = place
    torch.set_num_threads(max(cores() // jobs, 1))
