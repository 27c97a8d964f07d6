"""Clips of one source: several at once on a CPU, in order, with the same results and errors as one after the other."""

import threading

import pytest
import torch

from ravs.errors import DecodeError
from ravs.inference.clip_threads import map_clips

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_two_clips_are_worked_on_at_once_where_torch_has_two_threads():
    both = threading.Barrier(2, timeout=5)
    assert list(map_clips(lambda clip: (clip and both.wait(), clip)[1], range(5), CPU)) == [0, 1, 2, 3, 4]


def test_the_first_clip_has_all_threads_then_each_of_two_has_half_and_afterwards_the_caller_has_all():
    assert list(map_clips(lambda _: torch.get_num_threads(), range(4), CPU)) == [2, 1, 1, 1]
    assert torch.get_num_threads() == 2
    assert list(map_clips(lambda _: torch.get_num_threads(), range(3), torch.device("meta"))) == [2, 2, 2]


@pytest.mark.parametrize("clips", [1, 2])
def test_few_clips_have_all_threads(clips):
    assert list(map_clips(lambda _: torch.get_num_threads(), range(clips), CPU)) == [2] * clips


@pytest.mark.parametrize("readable", [0, 1, 2, 5])
def test_clips_before_an_error_of_reading_have_their_results(readable):
    def clips():
        yield from range(readable)
        raise DecodeError("broken")

    found = []
    with pytest.raises(DecodeError, match="broken"):
        found.extend(map_clips(lambda clip: clip + 1, clips(), CPU))
    assert found == [clip + 1 for clip in range(readable)]


def test_no_more_clips_are_read_than_are_worked_on_and_one():
    read = []
    results = map_clips(lambda clip: clip, (read.append(clip) or clip for clip in range(20)), CPU)
    next(results)
    assert len(read) <= 3
    results.close()
