"""Work on all cores: the same results in the same order."""

import pytest

from ravs.data.datasets.cores import map_in_processes, map_in_threads


def double(number: int) -> int:
    return 2 * number


@pytest.mark.parametrize("run", [map_in_threads, map_in_processes])
@pytest.mark.parametrize("jobs", [0, 1, 2])
def test_results_come_in_the_order_of_the_tasks_and_are_counted(run, jobs):
    heard = []
    assert list(run(abs, range(-5, 0), jobs, lambda *counts: heard.append(counts))) == [5, 4, 3, 2, 1]
    assert heard == [(done, 5) for done in range(1, 6)]


@pytest.mark.parametrize("run", [map_in_threads, map_in_processes])
def test_no_task_is_no_work(run):
    assert list(run(double, [])) == []


def test_what_a_task_raises_reaches_the_caller():
    with pytest.raises(ZeroDivisionError):
        list(map_in_threads(lambda number: 1 // number, [1, 0, 1]))
