"""Grouping of tokens by density peaks (DPC-KNN): eq. 3-4 of the paper, exact, in memory linear in the tokens."""

from math import ceil, log2

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from ravs.modeling.alignment.nearest_neighbors import (
    NeighborIndex,
    SquaredDistances,
    TokenIndex,
    gather_tokens,
    nearest_tokens,
    search_denser,
    squared_distances,
)
from ravs.modeling.shapes import GroupOfToken, VisualTokens

TokenScores = Float[Tensor, "frames tokens"]
Centers = Int[Tensor, "frames centers"]


@torch.no_grad()
def dpc_knn(
    tokens: VisualTokens, num_groups: int, num_neighbors: int = 5, labels: str = "chain"
) -> tuple[GroupOfToken, Centers]:
    """Group the tokens of each frame around the peaks of their density.

    Args:
        tokens: taken as they are; the caller normalizes them. Distances are float32, under autocast too.
        num_groups: P of the paper; a frame of fewer tokens has as many groups as tokens.
        num_neighbors: k of eq. 3, at most the number of tokens; a token is one of its own neighbors.
        labels: how other tokens get a group: by the `chain` of eq. 4, or from the `nearest` center, as in TCFormer.

    Returns:
        The group of each token, and the token at each group's center, by decreasing density times separation.
        Neither carries a gradient, and both are deterministic.
    """
    count = tokens.shape[1]
    with torch.autocast(tokens.device.type, enabled=False):
        points = centered(tokens.float())
        nearest, squared = nearest_tokens(points, min(num_neighbors + 1, count))
        density = neighbor_density(squared[..., :num_neighbors])
        parent, separation = nearest_denser(points, density, nearest, squared)
        centers = density_peaks(density, separation, min(num_groups, count))
        nearest_center = labels == "nearest"
        groups = groups_of_centers(points, centers) if nearest_center else groups_of_parents(parent, centers)
    return groups, centers


def centered(tokens: VisualTokens) -> VisualTokens:
    """The tokens relative to the one nearest to their frame's mean: the same distances with less rounding.

    A token is subtracted and not the mean itself, so that integers stay integers and their distances exact.
    """
    offset = torch.linalg.vector_norm(tokens - tokens.mean(dim=1, keepdim=True), dim=-1)
    middle = offset.argmin(dim=1)  # frames
    return tokens - gather_tokens(tokens, middle[:, None])


def neighbor_density(squared: SquaredDistances) -> TokenScores:
    """Eq. (3). Density of a token: the sum over its nearest tokens of exp(-squared distance).

    Ours: distances are summed in order of size, so that equal tokens have equal densities to the last bit.
    """
    return squared.neg().exp().sum(dim=-1)


def density_peaks(density: TokenScores, separation: TokenScores, count: int) -> Centers:
    """The tokens of largest density times separation, in this order, ties by index.

    The densest is always the first: no other is as dense, nor as far from the next denser as it is from the farthest.
    Ours: the paper's eq. 4 names no centers, and alone would put all tokens into one group.
    """
    return (density * separation).argsort(dim=1, descending=True, stable=True)[:, :count]


def nearest_denser(
    points: VisualTokens, density: TokenScores, nearest: NeighborIndex, squared: SquaredDistances
) -> tuple[TokenIndex, TokenScores]:
    """Parent of each token: the nearest denser one, ties by index; and the token's separation, the distance to it.

    Denser is of larger density, or of equal density and lower index. The densest token is its own parent, and its
    separation is the distance to the farthest token.
    """
    order = density.argsort(dim=1, descending=True, stable=True)
    densest, indices = order[:, :1], torch.arange(order.shape[1], device=order.device).expand_as(order)
    rank = torch.empty_like(order).scatter(1, order, indices)
    parent, known = denser_neighbor(nearest, squared, rank)
    parent = torch.where(known, parent, search_denser(points, order, known)).scatter(1, densest, densest)
    everywhere = slice(None), slice(None)
    distance = squared_distances(points, everywhere, parent[..., None])[..., 0]
    first = ends_of_chains(torch.where(distance == 0, parent, indices))
    farthest = (points - gather_tokens(points, densest)).square().sum(dim=-1).amax(dim=1, keepdim=True)
    return first.gather(1, parent), distance.scatter(1, densest, farthest).sqrt()


def denser_neighbor(
    nearest: NeighborIndex, squared: SquaredDistances, rank: TokenIndex
) -> tuple[TokenIndex, Bool[Tensor, "frames tokens"]]:
    """The nearest denser of each token's neighbors, and whether it is certainly the nearest of all tokens.

    It is not where no neighbor is denser, or where a token beyond the last neighbor may tie with it.
    """
    denser = rank.gather(1, nearest.flatten(1)).view_as(nearest) < rank[..., None]
    reach = squared.masked_fill(~denser, torch.inf)
    shortest = reach.amin(dim=-1, keepdim=True)
    parent = nearest.masked_fill(reach != shortest, rank.shape[1]).amin(dim=-1)
    return parent, ((shortest < squared[..., -1:]) | (shortest == 0))[..., 0]


def groups_of_parents(parent: TokenIndex, centers: Centers) -> GroupOfToken:
    """Eq. (4). Every token takes the group of its parent, up the chain to the first center."""
    numbers = torch.arange(centers.shape[1], device=centers.device).expand_as(centers)
    center = ends_of_chains(parent.scatter(1, centers, centers))
    return torch.zeros_like(parent).scatter(1, centers, numbers).gather(1, center)


def groups_of_centers(points: VisualTokens, centers: Centers) -> GroupOfToken:
    """In place of eq. 4: every token takes the group of the nearest center, ties by the group's number.

    Source: TCFormer (Zeng et al., CVPR 2022). A center keeps its own group even where another one equals it.
    """
    distances = [(points - gather_tokens(points, one[:, None])).square().sum(dim=-1) for one in centers.unbind(dim=1)]
    numbers = torch.arange(centers.shape[1], device=centers.device).expand_as(centers)
    return torch.stack(distances, dim=-1).argmin(dim=-1).scatter(1, centers, numbers)


def ends_of_chains(pointer: TokenIndex) -> TokenIndex:
    """Where each token's chain of pointers ends, by pointer doubling."""
    for _ in range(ceil(log2(max(pointer.shape[1], 2)))):
        pointer = pointer.gather(1, pointer)
    return pointer
