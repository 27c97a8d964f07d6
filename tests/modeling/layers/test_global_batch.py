"""A batch in several shares: here the processes are threads that exchange their sums."""

import threading

import pytest
import torch
from torch import nn

from ravs.modeling.alignment.contrastive import contrastive_loss, keep_frames_with_both
from ravs.modeling.layers import global_batch
from ravs.modeling.layers.global_batch import (
    GlobalBatchNorm2d,
    GlobalDropout,
    GlobalDropout2d,
    shared_batch,
    sum_over_processes,
)


@pytest.fixture
def two(monkeypatch):
    """two(work): runs work(rank) in two threads whose all-reduce adds what both give; returns both results."""
    rank = threading.local()
    barrier = threading.Barrier(2)
    given = [None, None]

    def all_reduce(tensor):
        given[rank.value] = tensor.clone()
        barrier.wait()
        total = given[0] + given[1]
        barrier.wait()
        tensor.copy_(total)

    monkeypatch.setattr(global_batch.distributed, "all_reduce", all_reduce)
    monkeypatch.setattr(global_batch.distributed, "get_world_size", lambda: 2)
    monkeypatch.setattr(global_batch.distributed, "get_rank", lambda: rank.value)
    monkeypatch.setattr(global_batch, "_shared", [True])

    def run(work):
        results = [None, None]

        def start(number):
            rank.value = number
            results[number] = work(number)

        threads = [threading.Thread(target=start, args=(number,)) for number in (0, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=20)
        return results

    return run


def test_batch_norm_in_two_shares_is_that_of_the_full_batch(two):
    maps = torch.randn(6, 3, 4, 5, generator=torch.Generator().manual_seed(0)) * 2 + 1
    plain = nn.BatchNorm2d(3)
    expected = plain(maps)
    norms = [GlobalBatchNorm2d(3), GlobalBatchNorm2d(3)]
    shares = (maps[:4], maps[4:])
    found = two(lambda rank: norms[rank](shares[rank]))
    torch.testing.assert_close(torch.cat(found), expected)
    for norm in norms:
        torch.testing.assert_close(norm.running_mean, plain.running_mean)
        torch.testing.assert_close(norm.running_var, plain.running_var)
        assert int(norm.num_batches_tracked) == 1


def test_the_gradients_of_two_shares_are_on_average_that_of_the_full_batch(two):
    values = torch.randn(6, 2, generator=torch.Generator().manual_seed(1))
    weight = torch.tensor([0.3, -0.7], requires_grad=True)
    (gradient,) = torch.autograd.grad(((values * weight).sum() ** 2) / 6, weight)
    shares = (values[:4], values[4:])

    def work(rank):
        own = weight.detach().clone().requires_grad_()
        loss = sum_over_processes((shares[rank] * own).sum()) ** 2 / sum_over_processes(
            torch.tensor(float(len(shares[rank])))
        )
        loss.backward()
        return own.grad

    torch.testing.assert_close(sum(two(work)) / 2, gradient)


@pytest.mark.parametrize("form", ["joint", "each"])
def test_the_contrastive_loss_of_two_shares_is_that_of_the_full_batch(two, form, monkeypatch):
    similarities = torch.rand(5, 4, generator=torch.Generator().manual_seed(2)) * 2 - 1
    positive, valid = similarities > 0.2, torch.tensor([True, True, True, True, False])
    batch = (similarities, *keep_frames_with_both(positive, ~positive), valid)
    with monkeypatch.context() as alone:
        alone.setattr(global_batch, "_shared", [False])
        expected = contrastive_loss(*batch, 0.1, form)
    shares = [[part[own] for part in batch] for own in (slice(0, 3), slice(3, 5))]
    assert expected > 0
    for found in two(lambda rank: contrastive_loss(*shares[rank], 0.1, form)):
        torch.testing.assert_close(found, expected)


def test_dropout_in_one_process_is_plain_and_off_in_evaluation():
    values = torch.ones(4, 3)
    torch.manual_seed(0)
    expected = nn.Dropout(0.5)(values)
    torch.manual_seed(0)
    with shared_batch():
        torch.testing.assert_close(GlobalDropout(0.5)(values), expected)
    assert torch.equal(GlobalDropout(0.5).eval()(values), values)


def test_dropout_of_maps_drops_complete_channels():
    maps = torch.rand(8, 6, 5, 4, generator=torch.Generator().manual_seed(0)) + 1
    torch.manual_seed(0)
    factors = (GlobalDropout2d(0.5)(maps) / maps).flatten(2)
    assert torch.equal(factors, factors[:, :, :1].expand_as(factors))
    assert set(factors.unique().tolist()) == {0.0, 2.0}
    assert torch.equal(GlobalDropout2d(0.5).eval()(maps), maps)
