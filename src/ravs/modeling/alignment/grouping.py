"""Grouping of tokens by density peaks (DPC-KNN): eq. 3-4 of the paper, exact, in memory linear in the tokens."""

from collections.abc import Iterator
from math import ceil, log2

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F

from ravs.modeling.shapes import GroupOfToken, VisualTokens

TokenScores = Float[Tensor, "frames tokens"]
TokenIndex = Int[Tensor, "frames tokens"]
NeighborIndex = Int[Tensor, "frames tokens nearest"]
SquaredDistances = Float[Tensor, "frames tokens nearest"]
Centers = Int[Tensor, "frames centres"]
BlockSlices = tuple[slice, slice]  # of frames, of tokens
BlockIndex = Int[Tensor, "some_frames rows nearest"]

DISTANCES_ON_CPU = 1 << 22  # distances held at once on a CPU: sixteen megabytes stay in the last cache
DISTANCES_ON_GPU = 1 << 26  # and on other devices
CHUNK_SIZE = 8  # distances of which only the smallest is looked at first
MIN_BLOCK_ROWS = 128  # of a frame in a block, at least, where there are so many
TRIANGLE_SLICES = 8  # of the rows that look at columns up to their own place alone
DIRECT_TOPK_SIZE = 1024  # distances that are looked at one by one


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


def density_peaks(density: TokenScores, separation: TokenScores, count: int) -> Centers:
    """The tokens of largest density times separation, in this order, ties by index.

    The densest is always the first: no other is as dense, nor as far from the next denser as it is from the farthest.
    Ours: the paper's eq. 4 names no centres, and alone would put all tokens into one group.
    """
    return (density * separation).argsort(dim=1, descending=True, stable=True)[:, :count]


def nearest_tokens(points: VisualTokens, count: int) -> tuple[NeighborIndex, SquaredDistances]:
    """The nearest tokens of each token, itself among them, and their squared distances, nearest first."""
    nearest = points.new_empty(*points.shape[:2], count, dtype=torch.long)
    squared = points.new_empty(nearest.shape)
    for block, distances in distance_blocks(points, points):
        # comparisons with not-a-number may choose the padding
        nearest[block] = smallest_columns(distances, count).clamp_(max=points.shape[1] - 1)
        squared[block] = squared_distances(points, block, nearest[block])
    squared, order = squared.sort(dim=-1)
    return nearest.gather(-1, order), squared


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


def search_denser(points: VisualTokens, order: TokenIndex, known: Bool[Tensor, "frames tokens"]) -> TokenIndex:
    """The nearest denser token of those whose nearest tokens do not show it; of the others, any token.

    Tokens are put in the order of their density: then those denser than one are the ones before it.
    """
    count = order.shape[1]
    unknown = ~known.gather(1, order)
    most = count if torch.compiler.is_compiling() else int(unknown.sum(dim=1).max())
    asking = unknown.int().argsort(dim=1, descending=True, stable=True)[:, :most]  # places in the order
    last = [count] * most if torch.compiler.is_compiling() else (asking.amax(dim=0) + 1).tolist()
    ordered = gather_tokens(points, order)
    places = torch.arange(count, device=order.device, dtype=torch.float32)
    index = order.float()[:, None]
    found = torch.empty_like(asking)
    for block, distances in distance_blocks(gather_tokens(ordered, asking), ordered, last):
        reach = distances.masked_fill_(places[: distances.shape[-1]] >= asking[block][..., None], torch.inf)
        nearest = reach == reach.amin(dim=-1, keepdim=True)
        found[block] = torch.where(nearest, index[block[0], :, : distances.shape[-1]], count).amin(dim=-1).long()
    asked = order.gather(1, asking)
    return torch.zeros_like(order).scatter(1, asked, found.clamp_(max=count - 1))


def squared_distances(
    points: VisualTokens, block: BlockSlices, others: BlockIndex
) -> Float[Tensor, "some_frames rows nearest"]:
    """Squared distances of a block of tokens to the tokens named beside each, taken from their differences."""
    there = gather_tokens(points, others, block[0])
    squared: Tensor = there.sub_(points[block][:, :, None]).square_().sum(dim=-1)
    return squared


def gather_tokens(points: VisualTokens, places: Tensor, frames: slice = slice(None)) -> Tensor:
    """The tokens at some places of each frame: places' shape and channels. A lookup of rows, the quickest there is."""
    first = torch.arange(len(points), device=points.device)[frames] * points.shape[1]
    return F.embedding(places + first.view(-1, *[1] * (places.ndim - 1)), points.flatten(0, 1))


def distance_blocks(
    rows: Float[Tensor, "frames rows channels"], columns: VisualTokens, last: list[int] | None = None
) -> Iterator[tuple[BlockSlices, Float[Tensor, "some_frames rows columns"]]]:
    """Block by block, squared distances from some tokens to all, less a number of each row that changes no order.

    That number is the row's own square. With `last`, a row asks only for so many columns, a block for the most that
    one of its rows does.
    """
    table = torch.cat([-2 * columns, columns.square().sum(dim=-1, keepdim=True)], dim=-1).transpose(1, 2)
    rows = F.pad(rows, (0, 1), value=1.0)
    budget = max(1, (DISTANCES_ON_CPU if rows.device.type == "cpu" else DISTANCES_ON_GPU) // table.shape[-1])
    space = rows.new_empty(0)
    for block in block_slices(rows.shape[0], rows.shape[1], budget, slices=1 if last is None else TRIANGLE_SLICES):
        here, there = rows[block], table[block[0]]
        if last is not None:
            there = there[..., : max(last[block[1]])]
        shape = torch.Size((*here.shape[:2], there.shape[-1]))
        space = space if len(space) >= shape.numel() else rows.new_empty(shape.numel())
        yield block, torch.bmm(here, there, out=space[: shape.numel()].view(shape))


def block_slices(frames: int, rows: int, budget: int, slices: int = 1) -> Iterator[BlockSlices]:
    """Slices of frames and of rows, of no more rows together than the budget, and each frame in so many at least.

    Many frames come before many rows: then a core goes on with the frames that it multiplied itself, where on some
    machines what another core has just written is slow to read.
    """
    frames_each = min(frames, max(1, budget // MIN_BLOCK_ROWS))
    rows_each = max(1, min(budget // frames_each, -(-rows // slices)))
    for frame in range(0, frames, frames_each):
        for row in range(0, rows, rows_each):
            yield (slice(frame, frame + frames_each), slice(row, row + rows_each))


def smallest_columns(values: Float[Tensor, "some_frames rows columns"], count: int) -> BlockIndex:
    """Places of the smallest values of each row: exact, since they lie in the chunks of smallest minimum."""
    if values.shape[-1] <= max(DIRECT_TOPK_SIZE, CHUNK_SIZE * count):
        return values.topk(count, largest=False).indices
    values = (
        F.pad(values, (0, -values.shape[-1] % CHUNK_SIZE), value=torch.inf) if values.shape[-1] % CHUNK_SIZE else values
    )
    width = values.shape[-1] // CHUNK_SIZE
    chunk = smallest_columns(values.unflatten(-1, (CHUNK_SIZE, width)).amin(dim=-2), count)
    candidates = (chunk[..., None] + torch.arange(CHUNK_SIZE, device=values.device) * width).flatten(-2)
    return candidates.gather(-1, values.gather(-1, candidates).topk(count, largest=False).indices)
