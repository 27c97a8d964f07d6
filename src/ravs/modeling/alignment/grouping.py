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
    """Groups the tokens of each frame around the peaks of their density.

    Args:
        tokens: taken as they are; the caller normalises them. Distances are float32, under autocast too.
        num_groups: P of the paper; a frame of fewer tokens has as many groups as tokens.
        num_neighbors: k of eq. 3, at most the number of tokens; a token is one of its own neighbours.
        labels: of the other tokens: `chain` of eq. 4, or `nearest`, the nearest centre's, as TCFormer has it.

    Returns:
        The group of each token, and the token at each group's centre, by decreasing density times separation.
        Neither carries a gradient, and both are the same on every run.
    """
    count = tokens.shape[1]
    with torch.autocast(tokens.device.type, enabled=False):
        points = centered(tokens.float())
        nearest, squared = nearest_tokens(points, min(num_neighbors + 1, count))
        density = neighbor_density(squared[..., :num_neighbors])
        parent, separation = nearest_denser(points, density, nearest, squared)
        centres = density_peaks(density, separation, min(num_groups, count))
        nearest_centre = labels == "nearest"
        groups = groups_of_centers(points, centres) if nearest_centre else groups_of_parents(parent, centres)
    return groups, centres


def centered(tokens: VisualTokens) -> VisualTokens:
    """The tokens seen from the one nearest to their frame's mean: the same distances with less rounding.

    A token is taken away and not the mean itself, so that whole numbers stay whole and their distances exact.
    """
    offset = torch.linalg.vector_norm(tokens - tokens.mean(dim=1, keepdim=True), dim=-1)
    middle = offset.argmin(dim=1)  # frames
    return tokens - gather_tokens(tokens, middle[:, None])


def neighbor_density(squared: SquaredDistances) -> TokenScores:
    """Eq. (3). Density of a token: the sum over its nearest tokens of exp(-squared distance).

    Ours: distances come in order of size, so that equal tokens have equal densities to the last bit.
    """
    return squared.neg().exp().sum(dim=-1)


def density_peaks(density: TokenScores, separation: TokenScores, count: int) -> Centers:
    """The tokens of largest density times separation, in this order, ties by index.

    The densest is always the first: no other is as dense, nor as far from the next denser as it is from the farthest.
    Ours: the paper's eq. 4 names no centres, and alone would put all tokens into one group.
    """
    return (density * separation).argsort(dim=1, descending=True, stable=True)[:, :count]


def nearest_denser(
    points: VisualTokens, density: TokenScores, nearest: NeighborIndex, squared: SquaredDistances
) -> tuple[TokenIndex, TokenScores]:
    """Parent of each token: the nearest denser one, ties by index; and its separation, the distance to it.

    Denser is of larger density, or of equal density and lower index. The densest token is its own parent, and its
    separation is the distance to the farthest token.
    """
    order = density.argsort(dim=1, descending=True, stable=True)
    densest, places = order[:, :1], torch.arange(order.shape[1], device=order.device).expand_as(order)
    rank = torch.empty_like(order).scatter(1, order, places)
    parent, known = denser_neighbor(nearest, squared, rank)
    parent = torch.where(known, parent, search_denser(points, order, known)).scatter(1, densest, densest)
    everywhere = slice(None), slice(None)
    distance = squared_distances(points, everywhere, parent[..., None])[..., 0]
    first = ends_of_chains(torch.where(distance == 0, parent, places))
    farthest = (points - gather_tokens(points, densest)).square().sum(dim=-1).amax(dim=1, keepdim=True)
    return first.gather(1, parent), distance.scatter(1, densest, farthest).sqrt()


def denser_neighbor(
    nearest: NeighborIndex, squared: SquaredDistances, rank: TokenIndex
) -> tuple[TokenIndex, Bool[Tensor, "frames tokens"]]:
    """The nearest denser of each token's nearest tokens, and whether it is surely the nearest of all.

    It is not where none is denser, or where a tie with the last of them may lie beyond them.
    """
    denser = rank.gather(1, nearest.flatten(1)).view_as(nearest) < rank[..., None]
    reach = squared.masked_fill(~denser, torch.inf)
    shortest = reach.amin(dim=-1, keepdim=True)
    parent = nearest.masked_fill(reach != shortest, rank.shape[1]).amin(dim=-1)
    return parent, ((shortest < squared[..., -1:]) | (shortest == 0))[..., 0]


def groups_of_parents(parent: TokenIndex, centres: Centers) -> GroupOfToken:
    """Eq. (4). Every token takes the group of its parent, up the chain to the first centre."""
    numbers = torch.arange(centres.shape[1], device=centres.device).expand_as(centres)
    centre = ends_of_chains(parent.scatter(1, centres, centres))
    return torch.zeros_like(parent).scatter(1, centres, numbers).gather(1, centre)


def groups_of_centers(points: VisualTokens, centres: Centers) -> GroupOfToken:
    """In place of eq. 4: every token takes the group of the nearest centre, ties by the group's number.

    Source: TCFormer (Zeng et al., CVPR 2022). A centre keeps its own group also where another one is equal to it.
    """
    apart = [(points - gather_tokens(points, centre[:, None])).square().sum(dim=-1) for centre in centres.unbind(dim=1)]
    numbers = torch.arange(centres.shape[1], device=centres.device).expand_as(centres)
    return torch.stack(apart, dim=-1).argmin(dim=-1).scatter(1, centres, numbers)


def ends_of_chains(pointer: TokenIndex) -> TokenIndex:
    """Where each token's chain of pointers ends: each round doubles the length that is followed."""
    for _ in range(ceil(log2(max(pointer.shape[1], 2)))):
        pointer = pointer.gather(1, pointer)
    return pointer
