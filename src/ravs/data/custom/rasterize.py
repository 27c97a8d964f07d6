"""Convert shapes of annotation tools to masks: polygons, and run lengths in the encoding of each tool."""

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Bool

from ravs.structures.rle import Rle, decode_mask

Mask = Bool[np.ndarray, "height width"]
Size = tuple[int, int]  # height, width
Polygon = Sequence[tuple[float | int, float | int]]  # x and y of corners in pixels; pixel centers are at halves


def polygon_mask(polygon: Polygon, size: Size) -> Mask:
    """The pixels whose centers lie inside, by the even-odd rule. Raises ValueError for a corner that is not finite."""
    height, width = size
    if not np.isfinite(polygon).all():
        raise ValueError("a corner is not finite")
    flips = np.zeros((height, width + 1), bool)
    for (x0, y0), (x1, y1) in zip(polygon, [*polygon[1:], *polygon[:1]], strict=True):
        low, high = sorted((y0, y1))
        rows = np.arange(max(int(np.ceil(low - 0.5)), 0), min(int(np.ceil(high - 0.5)), height))
        if not len(rows):
            continue
        crossed_at = x0 + (rows + 0.5 - y0) * (x1 - x0) / (y1 - y0)
        columns = np.clip(np.ceil(crossed_at - 0.5), 0, width).astype(int)
        flips[rows, columns] ^= True
    inside: Mask = np.logical_xor.accumulate(flips, axis=1)[:, :width]
    return inside


def coco_mask(size: Size, counts: str | Sequence[int]) -> Mask:
    """COCO's run lengths, as text or numbers, by column. Raises ValueError if they do not fill the size."""
    if isinstance(counts, str):
        return decode_mask(Rle(size, counts))
    return _runs(counts, size[0] * size[1]).reshape(size, order="F")


def cvat_mask(runs: Sequence[int], box: tuple[int, int, int, int], size: Size) -> Mask:
    """CVAT's run lengths, by row in a box of left, top, width, height. Raises ValueError if they do not fill it."""
    left, top, width, height = box
    if min(box) < 0 or left + width > size[1] or top + height > size[0]:
        raise ValueError(f"its box {left}, {top}, {width}, {height} leaves the image")
    mask = np.zeros(size, bool)
    mask[top : top + height, left : left + width] = _runs(runs, width * height).reshape(height, width)
    return mask


def brush_mask(packed: Sequence[int], size: Size) -> Mask:
    """Label Studio's brush strokes: a packed RGBA image, whose pixels count where they are not transparent.

    Source: rle-pack of thi-ng/umbrella, as read by label_studio_sdk.converter.brush. Raises ValueError if the data end
    too early or have another size.
    """
    read = _bit_reader(packed)
    total, word = read(32), read(5) + 1
    sizes = [read(4) + 1 for _ in range(4)]
    if total != 4 * size[0] * size[1]:
        raise ValueError(f"it is packed of {total} values, not of {size[1]} x {size[0]} pixels with 4 each")
    values = np.zeros(total, np.uint8)
    at = 0
    while at < total:
        repeated = read(1)
        count = 1 + read(sizes[read(2)])
        values[at : at + count] = read(word) if repeated else [read(word) for _ in range(count)]
        at += count
    mask: Mask = values.reshape(*size, 4)[..., 3] > 0
    return mask


def _runs(runs: Sequence[int], pixels: int) -> Bool[np.ndarray, " pixels"]:
    """Alternating runs of zeros and ones, zeros first."""
    if min(runs, default=0) < 0 or sum(runs) != pixels:
        raise ValueError(f"its runs are of {sum(runs)} pixels, not {pixels}")
    return np.repeat(np.arange(len(runs)) % 2 == 1, runs)


def _bit_reader(packed: Sequence[int]) -> Callable[[int], int]:
    """A function that reads the next bits as a number, most significant bit first."""
    content, at = int.from_bytes(bytes(packed)), 0
    length = 8 * len(packed)

    def read(count: int) -> int:
        nonlocal at
        at += count
        if at > length:
            raise ValueError("it ends in the middle")
        return (content >> (length - at)) & ((1 << count) - 1)

    return read
