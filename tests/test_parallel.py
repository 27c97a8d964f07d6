"""Work in threads and processes: results in order, a few items at a time, errors where they belong."""

import gc
import os
import threading
from concurrent.futures import Future

import pytest

from ravs.parallel import (
    WAIT_SETTINGS,
    collector_paused,
    map_as_completed,
    map_in_processes,
    map_in_threads,
    prefetch,
    sleep_while_waiting,
)


def test_results_come_in_order_whatever_finishes_first():
    gate = threading.Event()

    def work(number):
        if number == 0:
            gate.wait(5)
        else:
            gate.set()
        return number**2

    assert [(item, result()) for item, result in prefetch(work, range(6), 2)] == [(n, n**2) for n in range(6)]


def test_no_more_items_are_taken_than_threads_and_one():
    taken = []

    def items():
        for number in range(20):
            taken.append(number)
            yield number

    coming = prefetch(str, items(), 3)
    next(coming)
    assert len(taken) == 4
    coming.close()


def test_an_error_is_raised_where_its_result_is_asked_for_and_stops_nothing():
    found = []
    for item, result in prefetch(lambda number: 1 / number, [1, 0, 2], 1):
        if item == 0:
            with pytest.raises(ZeroDivisionError):
                result()
        else:
            found.append(result())
    assert found == [1, 0.5]


def test_one_thread_at_least_is_used():
    assert [result() for _, result in prefetch(abs, [-1, 2], 0)] == [1, 2]


def test_items_that_are_waiting_are_not_begun_once_nobody_asks_for_results():
    gate, begun = threading.Event(), []

    def work(number):
        begun.append(number)
        gate.wait(5)

    coming = prefetch(work, range(20), 2)
    next(coming)
    threading.Timer(0.2, gate.set).start()
    coming.close()
    assert sorted(begun) == [0, 1]


class PoolByHand:
    """Stands in for processes: its futures are completed by the test."""

    def __init__(self, *_given):
        self.futures, self.ended = [], []

    def __enter__(self):
        return self

    def __exit__(self, *_given):
        return False

    def submit(self, work, item):
        self.futures.append(Future())
        if item != "slow":
            self.futures[-1].set_result(work(item))
        return self.futures[-1]

    def shutdown(self, **given):
        self.ended.append(given)


def test_results_of_processes_come_as_soon_as_they_are_there_and_what_waits_is_cancelled(monkeypatch):
    pool = PoolByHand()
    monkeypatch.setattr("ravs.parallel.ProcessPoolExecutor", lambda *_given: pool)
    coming = map_as_completed(str.upper, ["slow", "a", "b"], 2, print, ())
    threading.Timer(0.3, lambda: pool.futures[0].set_result("SLOW")).start()
    assert {next(coming), next(coming)} == {"A", "B"}
    assert next(coming) == "SLOW" and not pool.ended
    coming.close()
    assert pool.ended == [{"wait": True, "cancel_futures": True}]


def double(number: int) -> int:
    return 2 * number


@pytest.mark.parametrize("run", [map_in_threads, map_in_processes])
@pytest.mark.parametrize("jobs", [0, 1, 2])
def test_results_come_in_the_order_of_the_items_and_are_counted(run, jobs):
    calls = []
    assert list(run(abs, range(-5, 0), jobs, lambda *counts: calls.append(counts))) == [5, 4, 3, 2, 1]
    assert calls == [(done, 5) for done in range(1, 6)]


@pytest.mark.parametrize("run", [map_in_threads, map_in_processes])
def test_without_items_there_are_no_results(run):
    assert list(run(double, [])) == []


def test_a_single_item_stays_in_this_process():
    assert list(map_in_processes(lambda number: 2 * number, [3], 4)) == [6]  # a lambda cannot be sent to another


def test_what_an_item_raises_reaches_the_caller():
    with pytest.raises(ZeroDivisionError):
        list(map_in_threads(lambda number: 1 // number, [1, 0, 1]))


@pytest.fixture
def unset(monkeypatch):
    for name in WAIT_SETTINGS:
        monkeypatch.setenv(name, "any")  # so that it is restored afterwards
        monkeypatch.delenv(name)


def test_waiting_threads_sleep(unset):
    sleep_while_waiting()
    assert os.environ["OMP_WAIT_POLICY"] == "passive"


@pytest.mark.parametrize("name", WAIT_SETTINGS)
def test_what_the_user_has_set_stays(name, unset, monkeypatch):
    monkeypatch.setenv(name, "active")
    sleep_while_waiting()
    assert {key: os.environ.get(key) for key in WAIT_SETTINGS if key in os.environ} == {name: "active"}


def test_the_collector_runs_again_after_a_pause_and_after_an_error_in_it():
    with pytest.raises(KeyError), collector_paused():
        assert not gc.isenabled()
        raise KeyError
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off():
    gc.disable()
    try:
        with collector_paused():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_where_taking_an_item_fails_the_results_before_come_first():
    def items():
        yield from (1, 2)
        raise ValueError("broken")

    found = []
    with pytest.raises(ValueError, match="broken"):
        found.extend(result() for _, result in prefetch(abs, items(), 4))
    assert found == [1, 2]


def test_each_thread_prepares_itself_before_its_first_item():
    prepared = threading.local()

    def prepare():
        prepared.done = True

    assert all(result() for _, result in prefetch(lambda _: prepared.done, range(8), 3, prepare))
