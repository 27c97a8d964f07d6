"""Work done ahead: in order, a little at a time, errors where they belong."""

import threading

import pytest

from ravs.parallel import prefetch


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
