"""Grouping against the equations read aloud, one token after another, in float64."""

import math

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from ravs.modeling.alignment.grouping import dpc_knn, groups_of_parents, neighbor_density


def grouped_by_hand(points, num_groups, num_neighbors):
    """Eq. (3) and (4) read aloud for one frame: no matrix, no trick."""
    points = points.double()
    count = len(points)
    squared = [[float((a - b).square().sum()) for b in points] for a in points]
    density = [sum(math.exp(-d) for d in sorted(row)[:num_neighbors]) for row in squared]
    parent, separation = list(range(count)), [math.sqrt(max(row)) for row in squared]
    for i in range(count):
        denser = [j for j in range(count) if density[j] > density[i] or (density[j] == density[i] and j < i)]
        if denser:
            parent[i] = min(denser, key=lambda j: (squared[i][j], j))
            separation[i] = math.sqrt(squared[i][parent[i]])
    prominence = [d * s for d, s in zip(density, separation, strict=True)]
    densest = next(i for i in range(count) if parent[i] == i)
    others = sorted((i for i in range(count) if i != densest), key=lambda i: (-prominence[i], i))
    centers = sorted([densest, *others[: num_groups - 1]], key=lambda i: (-prominence[i], i))
    labels = []
    for i in range(count):
        while i not in centers:
            i = parent[i]
        labels.append(centers.index(i))
    return labels, centers


def assert_equal_to_hand(tokens, num_groups, num_neighbors=5):
    labels, centers = dpc_knn(tokens, num_groups, num_neighbors)
    for frame in range(len(tokens)):
        by_hand = grouped_by_hand(tokens[frame], num_groups, num_neighbors)
        assert (labels[frame].tolist(), centers[frame].tolist()) == by_hand


def seeded(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("count", [2, 3, 31, 97])
@pytest.mark.parametrize(("num_groups", "num_neighbors"), [(5, 5), (14, 3), (1, 1), (4, 9)])
def test_groups_are_those_of_the_equations_read_aloud(count, num_groups, num_neighbors):
    assert_equal_to_hand(0.5 * seeded(2, count, 3, seed=count), num_groups, num_neighbors)


@pytest.mark.parametrize("count", [9, 100])
def test_tokens_that_occur_many_times_tie_by_index(count):
    which = torch.randint(0, count // 4, (2, count), generator=torch.Generator().manual_seed(count))
    assert_equal_to_hand(seeded(2, count // 4, 4).take_along_dim(which[..., None], 1), num_groups=5)


@pytest.mark.parametrize("seed", range(4))
def test_on_a_lattice_where_most_distances_tie_groups_are_still_those_of_the_equations(seed):
    points = torch.randint(0, 4, (2, 60, 3), generator=torch.Generator().manual_seed(seed))
    assert_equal_to_hand(points / 2, num_groups=7)


def test_tokens_far_from_zero_are_grouped_as_near_it():
    points = torch.randint(0, 4, (2, 60, 3), generator=torch.Generator().manual_seed(1)) / 2
    assert torch.equal(dpc_knn(points + 1024, 7)[0], dpc_knn(points, 7)[0])


@pytest.mark.parametrize("count", [40, 90])
def test_three_colors_and_more_groups_than_colors_are_grouped_as_the_equations_say(count):
    which = torch.randint(0, 3, (2, count), generator=torch.Generator().manual_seed(count))
    assert_equal_to_hand(seeded(2, 3, 7).take_along_dim(which[..., None], 1), num_groups=count // 2)


def test_half_a_frame_of_one_color_is_grouped_as_the_equations_say():
    tokens = 0.5 * seeded(2, 96, 4)
    tokens[0, :50] = tokens[0, 70]
    assert_equal_to_hand(tokens, num_groups=5)


@pytest.mark.parametrize("count", [1, 3, 20, 200])
def test_a_constant_frame_has_its_first_tokens_as_centers_and_the_rest_in_group_zero(count):
    labels, centers = dpc_knn(torch.full((1, count, 3), 0.3), 4)
    groups = min(count, 4)
    assert centers.tolist() == [list(range(groups))]
    assert labels.tolist() == [list(range(groups)) + [0] * (count - groups)]


@pytest.mark.parametrize("count", [1, 2, 5])
def test_fewer_tokens_than_groups_give_a_group_to_each_token(count):
    labels, centers = dpc_knn(seeded(3, count, 4), 7)
    assert centers.shape == (3, count)
    assert labels.sort().values.tolist() == [list(range(count))] * 3
    assert torch.equal(centers.gather(1, labels), torch.arange(count).expand(3, count))


def test_more_neighbors_than_tokens_means_all_of_them():
    tokens = 0.5 * seeded(2, 6, 3)
    assert_equal_to_hand(tokens, num_groups=2, num_neighbors=50)


def test_density_of_a_token_counts_itself_and_falls_with_squared_distance():
    density = neighbor_density(torch.tensor([[[0.0, 1.0, 4.0]]]))
    torch.testing.assert_close(density, torch.tensor([[1 + math.exp(-1) + math.exp(-4)]]))


def test_a_token_takes_the_group_at_the_end_of_its_chain_of_parents():
    parent = torch.tensor([[0, 0, 1, 2, 3, 4, 5, 6]])  # one chain through all tokens
    assert groups_of_parents(parent, torch.tensor([[5, 0]])).tolist() == [[1, 1, 1, 1, 1, 0, 0, 0]]


def test_each_center_belongs_to_its_own_group():
    labels, centers = dpc_knn(seeded(3, 120, 5), 9)
    assert labels.gather(1, centers).tolist() == [list(range(9))] * 3


def test_two_far_clouds_are_two_groups():
    clouds = torch.cat([0.1 * seeded(1, 40, 3), 0.1 * seeded(1, 25, 3, seed=1) + 3], dim=1)
    labels, _ = dpc_knn(clouds, 2)
    assert len(labels[0, :40].unique()) == 1
    assert len(labels[0, 40:].unique()) == 1
    assert labels[0, 0] != labels[0, 40]


def test_a_batch_of_two_equals_two_batches_of_one():
    tokens = seeded(2, 173, 6)
    both = dpc_knn(tokens, 5)
    single = [dpc_knn(tokens[i : i + 1], 5) for i in range(2)]
    for part in range(2):
        assert torch.equal(both[part], torch.cat([one[part] for one in single]))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_autocast_changes_no_group(dtype):
    tokens = seeded(2, 200, 16) / 4
    expected = dpc_knn(tokens, 7)
    with torch.autocast("cpu", dtype=dtype):
        found = dpc_knn(tokens, 7)
    assert torch.equal(found[0], expected[0])
    assert torch.equal(found[1], expected[1])


def test_no_gradient_passes_through_the_assignment_and_the_tokens_stay_as_they_were():
    tokens = seeded(1, 30, 4).requires_grad_()
    before = tokens.detach().clone()
    labels, centers = dpc_knn(tokens, 3)
    assert not labels.requires_grad and not centers.requires_grad
    assert torch.equal(tokens, before)


class LargestTensor(TorchDispatchMode):
    """Records the number of elements of the largest tensor that any operation returns."""

    elements = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        for one in out if isinstance(out, tuple | list) else (out,):
            if isinstance(one, torch.Tensor):
                self.elements = max(self.elements, one.numel())
        return out


def test_memory_grows_with_the_tokens_and_not_with_their_square():
    largest = {}
    for count in (3000, 6000):
        with LargestTensor() as watch:
            dpc_knn(seeded(2, count, 2), 5)
        largest[count] = watch.elements
    assert largest[6000] <= 1.1 * largest[3000] < 3000**2


def test_the_compiled_and_exported_form_gives_the_same_groups():
    class Grouping(torch.nn.Module):
        def forward(self, tokens):
            return dpc_knn(tokens, 5)

    tokens = seeded(2, 70, 4)
    exported = torch.export.export(Grouping(), (tokens,)).module()
    for found, expected in zip(exported(tokens), dpc_knn(tokens, 5), strict=True):
        assert torch.equal(found, expected)


def test_nan_still_gives_groups_and_no_crash():
    tokens = seeded(2, 61, 4)
    tokens[1, 5] = torch.nan
    labels, centers = dpc_knn(tokens, 5)
    assert torch.equal(labels[0], dpc_knn(tokens[:1], 5)[0][0])
    assert int(labels.max()) < 5 and int(centers.max()) < 61


@pytest.mark.parametrize("count", [3, 31, 97])
def test_labels_of_the_nearest_center_are_those_of_a_search_over_all_centers(count):
    tokens = seeded(2, count, 3, seed=count)
    labels, centers = dpc_knn(tokens, 5, 5, "nearest")
    assert torch.equal(centers, dpc_knn(tokens, 5, 5)[1])
    for frame in range(2):
        for i in range(count):
            distances = [float((tokens[frame, i] - tokens[frame, c]).square().sum()) for c in centers[frame]]
            assert labels[frame, i] == distances.index(min(distances))


def test_a_center_keeps_its_group_beside_an_equal_center():
    labels, centers = dpc_knn(torch.zeros(1, 6, 2), 3, 2, "nearest")
    assert labels[0, centers[0]].tolist() == [0, 1, 2]
    assert labels[0, [i for i in range(6) if i not in centers[0]]].tolist() == [0, 0, 0]
