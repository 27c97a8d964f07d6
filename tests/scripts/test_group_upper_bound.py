"""The upper bound of `scripts/group_upper_bound.py`, against all choices of parts."""

from itertools import chain, combinations

import pytest
import torch

from support.scripts import load_script


@pytest.fixture(scope="module")
def groups():
    return load_script("group_upper_bound")


def by_all_choices(areas, parts):
    """The largest J over every set of parts."""
    names = parts.unique().tolist()
    best = 0.0
    for chosen in chain.from_iterable(combinations(names, count) for count in range(1, len(names) + 1)):
        marked = sum(parts == name for name in chosen).bool()
        best = max(best, float(areas[marked].sum() / (areas.sum() + (1 - areas[marked]).sum())))
    return best


def test_a_part_of_which_less_than_half_sounds_may_be_worth_marking(groups):
    areas = torch.tensor([[1.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    parts = torch.tensor([[0, 0, 0], [1, 1, 1]])  # a third of each sounds
    assert groups.jaccard(areas, parts) == pytest.approx(2 / 6)


@pytest.mark.parametrize("seed", range(4))
def test_no_choice_of_parts_is_better(groups, seed):
    generator = torch.Generator().manual_seed(seed)
    areas, parts = torch.rand(6, 6, generator=generator), torch.randint(0, 6, (6, 6), generator=generator)
    assert groups.jaccard(areas, parts) == pytest.approx(by_all_choices(areas, parts))


def test_marked_parts_are_scored_as_they_are(groups):
    areas = torch.tensor([[1.0, 0.5, 0.0, 0.0]])
    parts = torch.tensor([[0, 0, 1, 1]])
    assert groups.jaccard(areas, parts, torch.tensor([True, False])) == pytest.approx(1.5 / 2)
    assert groups.jaccard(areas, parts, torch.tensor([False, True])) == 0
