"""Exact search for the nearest tokens, block by block, in memory linear in the tokens."""

from collections.abc import Iterator

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F

from ravs.modeling.shapes import VisualTokens

TokenIndex = Int[Tensor, "frames tokens"]
NeighborIndex = Int[Tensor, "frames tokens nearest"]
SquaredDistances = Float[Tensor, "frames tokens nearest"]
BlockSlices = tuple[slice, slice]  # of frames, of tokens
BlockIndex = Int[Tensor, "some_frames rows nearest"]

DISTANCES_ON_CPU = 1 << 22  # in memory at once: sixteen megabytes stay in the last-level cache
DISTANCES_ON_GPU = 1 << 26  # and on every other device
CHUNK_SIZE = 8  # distances of a chunk, of which only the smallest is compared first
MIN_BLOCK_ROWS = 128  # of each frame in a block, where a frame has so many
TRIANGLE_SLICES = 8  # of the rows, where each row asks only for the columns before it
DIRECT_TOPK_SIZE = 1024  # distances that go to topk without chunks


def nearest_tokens(points: VisualTokens, count: int) -> tuple[NeighborIndex, SquaredDistances]:
    """The nearest tokens of each token, itself among them, and their squared distances, nearest first."""
    nearest = points.new_empty(*points.shape[:2], count, dtype=torch.long)
    squared = points.new_empty(nearest.shape)
    for block, distances in distance_blocks(points, points):
        # comparisons with NaN may choose the padding
        nearest[block] = smallest_columns(distances, count).clamp_(max=points.shape[1] - 1)
        squared[block] = squared_distances(points, block, nearest[block])
    squared, order = squared.sort(dim=-1)
    return nearest.gather(-1, order), squared


def search_denser(points: VisualTokens, order: TokenIndex, known: Bool[Tensor, "frames tokens"]) -> TokenIndex:
    """The nearest denser token of each token whose neighbors do not show it; of the others, any token.

    Tokens are sorted by density, so that those denser than a token are the ones before it.
    """
    count = order.shape[1]
    unknown = ~known.gather(1, order)
    num_queries = count if torch.compiler.is_compiling() else int(unknown.sum(dim=1).max())
    queries = unknown.int().argsort(dim=1, descending=True, stable=True)[:, :num_queries]  # ranks by density
    last = [count] * num_queries if torch.compiler.is_compiling() else (queries.amax(dim=0) + 1).tolist()
    ordered = gather_tokens(points, order)
    ranks = torch.arange(count, device=order.device, dtype=torch.float32)
    index = order.float()[:, None]
    found = torch.empty_like(queries)
    for block, distances in distance_blocks(gather_tokens(ordered, queries), ordered, last):
        reach = distances.masked_fill_(ranks[: distances.shape[-1]] >= queries[block][..., None], torch.inf)
        nearest = reach == reach.amin(dim=-1, keepdim=True)
        found[block] = torch.where(nearest, index[block[0], :, : distances.shape[-1]], count).amin(dim=-1).long()
    query_index = order.gather(1, queries)
    return torch.zeros_like(order).scatter(1, query_index, found.clamp_(max=count - 1))


def squared_distances(
    points: VisualTokens, block: BlockSlices, others: BlockIndex
) -> Float[Tensor, "some_frames rows nearest"]:
    """Squared distances of a block of tokens to the other tokens given for each, from their differences."""
    neighbors = gather_tokens(points, others, block[0])
    squared: Tensor = neighbors.sub_(points[block][:, :, None]).square_().sum(dim=-1)
    return squared


def gather_tokens(points: VisualTokens, indices: Tensor, frames: slice = slice(None)) -> Tensor:
    """The tokens at some indices of each frame: the indices' shape and channels; as a lookup of rows, the fastest."""
    first = torch.arange(len(points), device=points.device)[frames] * points.shape[1]
    return F.embedding(indices + first.view(-1, *[1] * (indices.ndim - 1)), points.flatten(0, 1))


def distance_blocks(
    rows: Float[Tensor, "frames rows channels"], columns: VisualTokens, last: list[int] | None = None
) -> Iterator[tuple[BlockSlices, Float[Tensor, "some_frames rows columns"]]]:
    """Squared distances from some tokens to all, block by block, less the squared norm of each row's own token.

    That constant changes no order within a row. With `last`, a row needs only that many columns, and a block computes
    the most that any of its rows needs.
    """
    table = torch.cat([-2 * columns, columns.square().sum(dim=-1, keepdim=True)], dim=-1).transpose(1, 2)
    rows = F.pad(rows, (0, 1), value=1.0)
    budget = max(1, (DISTANCES_ON_CPU if rows.device.type == "cpu" else DISTANCES_ON_GPU) // table.shape[-1])
    space = rows.new_empty(0)
    for block in block_slices(rows.shape[0], rows.shape[1], budget, slices=1 if last is None else TRIANGLE_SLICES):
        block_rows, block_columns = rows[block], table[block[0]]
        if last is not None:
            block_columns = block_columns[..., : max(last[block[1]])]
        shape = torch.Size((*block_rows.shape[:2], block_columns.shape[-1]))
        space = space if len(space) >= shape.numel() else rows.new_empty(shape.numel())
        yield block, torch.bmm(block_rows, block_columns, out=space[: shape.numel()].view(shape))


def block_slices(frames: int, rows: int, budget: int, slices: int = 1) -> Iterator[BlockSlices]:
    """Slices of frames and of rows: at most `budget` rows in each, and at least `slices` of each frame.

    Frames are filled before rows: then a core continues with the frames that it multiplied itself, since on some
    machines what another core has just written is slow to read.
    """
    frames_each = min(frames, max(1, budget // MIN_BLOCK_ROWS))
    rows_each = max(1, min(budget // frames_each, -(-rows // slices)))
    for frame in range(0, frames, frames_each):
        for row in range(0, rows, rows_each):
            yield (slice(frame, frame + frames_each), slice(row, row + rows_each))


def smallest_columns(values: Float[Tensor, "some_frames rows columns"], count: int) -> BlockIndex:
    """Columns of the smallest values of each row: exact, since they lie in the chunks of smallest minimum."""
    if values.shape[-1] <= max(DIRECT_TOPK_SIZE, CHUNK_SIZE * count):
        return values.topk(count, largest=False).indices
    rest = -values.shape[-1] % CHUNK_SIZE
    values = F.pad(values, (0, rest), value=torch.inf) if rest else values
    width = values.shape[-1] // CHUNK_SIZE
    chunk = smallest_columns(values.unflatten(-1, (CHUNK_SIZE, width)).amin(dim=-2), count)
    candidates = (chunk[..., None] + torch.arange(CHUNK_SIZE, device=values.device) * width).flatten(-2)
    return candidates.gather(-1, values.gather(-1, candidates).topk(count, largest=False).indices)
