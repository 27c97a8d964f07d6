"""Which clips each step sees."""

from itertools import chain

import pytest

from ravs.errors import InputError
from ravs.training.data.batch_sampler import DistributedBatchSampler, split_evenly


def shares(processes, parts, *, count=11, batch_size=4, epoch=2):
    """Of each batch of an epoch, the clips of all its shares in order."""
    orders = [
        DistributedBatchSampler(
            count, batch_size=batch_size, accumulation=parts, seed=3, rank=rank, processes=processes
        )
        for rank in range(processes)
    ]
    for order in orders:
        order.set_epoch(epoch)
    assert len({len(order) for order in orders}) == 1
    rows = list(zip(*orders, strict=True))
    assert len(rows) == len(orders[0])
    batches = [chain(*rows[start : start + parts]) for start in range(0, len(rows), parts)]
    return [list(chain(*batch)) for batch in batches]


@pytest.mark.parametrize(("processes", "parts"), [(2, 1), (1, 2), (4, 1)])
def test_a_batch_is_the_same_however_it_is_split(processes, parts):
    alone = shares(1, 1)
    assert sorted(chain(*alone)) == list(range(11))
    assert shares(processes, parts) == alone[: len(shares(processes, parts))]
    assert len(shares(2, 1)) == 3 and len(shares(4, 1)) == 2  # three clips are too few for four


def test_each_epoch_has_an_order_of_its_own_and_a_seed_repeats_it():
    assert shares(1, 1, epoch=2) == shares(1, 1, epoch=2) != shares(1, 1, epoch=3)


def test_clips_are_split_evenly_and_in_order():
    assert split_evenly([5, 6, 7, 8, 9], 2) == [[5, 6, 7], [8, 9]]


def test_a_batch_that_cannot_be_split_is_an_error_that_says_what_can():
    with pytest.raises(
        InputError, match=r"batch_size is 6.*4 processes with training.accumulation 1 need a multiple of 4"
    ):
        DistributedBatchSampler(20, batch_size=6, processes=4)
    with pytest.raises(InputError, match=r"batch_size is 8, and there are 3 to train on: give fewer"):
        DistributedBatchSampler(3, batch_size=8, processes=4)
