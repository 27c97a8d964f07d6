"""Run-length encoded masks in COCO's format: column by column, the first run counts zeros."""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Int

MAX_DIGITS = 13  # of five bits: 64-bit differences


class Rle(NamedTuple):
    """A mask of (height, width); `counts` is the text that pycocotools reads and writes."""

    size: tuple[int, int]
    counts: str

    def as_json(self) -> dict[str, Any]:
        """COCO's JSON object: size and counts."""
        return {"size": list(self.size), "counts": self.counts}


def encode_mask(mask: Bool[np.ndarray, "height width"]) -> Rle:
    """Encode a mask; gives the same text as pycocotools."""
    return Rle(mask.shape, pack_runs(runs_of(mask.ravel(order="F"))))


def decode_mask(rle: Rle) -> Bool[np.ndarray, "height width"]:
    """Decode a mask. Raises ValueError if the runs do not fill the size."""
    runs = unpack_runs(rle.counts)
    height, width = rle.size
    if runs.sum() != height * width or (runs < 0).any():
        raise ValueError(f"runs of {runs.sum()} pixels do not fill a mask of {height} x {width}")
    values = np.arange(len(runs)) % 2 == 1
    return np.repeat(values, runs).reshape((height, width), order="F")


def runs_of(values: Bool[np.ndarray, " pixels"]) -> Int[np.ndarray, " runs"]:
    """Lengths of alternating runs of zeros and ones; the first, of zeros, may be 0."""
    edges = np.flatnonzero(values[1:] != values[:-1]) + 1
    bounds = np.concatenate([[0], edges, [len(values)]])
    runs = np.diff(bounds)
    return np.concatenate([[0], runs]) if len(values) and values[0] else runs


def pack_runs(runs: Int[np.ndarray, " runs"]) -> str:
    """Runs as text: from the fourth on, the difference to the run two before; five bits a character."""
    rest = runs.astype(np.int64)
    rest[3:] -= runs[1:-2]
    digits = np.zeros((len(rest), MAX_DIGITS), np.uint8)
    used = np.zeros((len(rest), MAX_DIGITS), bool)
    active = np.ones(len(rest), bool)
    for digit in range(MAX_DIGITS):
        low = rest & 31
        rest = rest >> 5
        more = np.where(low & 16, rest != -1, rest != 0)  # the sign is the fifth bit of the last digit
        digits[:, digit] = low + 32 * more + 48
        used[:, digit] = active
        active = active & more
        if not active.any():
            break
    return digits[used].tobytes().decode("ascii")


def unpack_runs(counts: str) -> Int[np.ndarray, " runs"]:
    """The runs of a text that `pack_runs` or pycocotools wrote."""
    digits = np.frombuffer(counts.encode("ascii"), np.uint8).astype(np.int64) - 48
    last = np.flatnonzero((digits & 32) == 0)
    first = np.concatenate([[0], last[:-1] + 1])
    digit = np.arange(len(digits)) - np.repeat(first, last - first + 1)
    values = np.add.reduceat((digits & 31) << (5 * digit), first) if len(last) else np.zeros(0, np.int64)
    negative = (digits[last] & 16) > 0
    values = values - np.where(negative, np.int64(1) << (5 * (last - first + 1)), 0)
    values[1::2] = np.cumsum(values[1::2])
    values[2::2] = np.cumsum(values[2::2])
    return values
