"""Label Studio's brush strokes: an RGBA image as packed run lengths.

Source: rle-pack of thi-ng/umbrella, as label_studio_sdk.converter.brush writes it: a stream of bits with the number of
values (32 bits), the bits of a value less 1 (5), four sizes of run lengths less 1 (4 each), and then for each run a 1,
which of the sizes its length has (2), the length less 1, and the value.
"""

import numpy as np
from jaxtyping import Bool

from ravs.structures.rle import runs_of

WORD_BITS = 8
LENGTH_BITS = (3, 4, 8, 16)
CHANNELS = 4


def pack_brush(mask: Bool[np.ndarray, "height width"]) -> list[int]:
    """The bytes of a mask: its pixels are (255, 255, 255, 255), all others (0, 0, 0, 0), row by row."""
    head = [(CHANNELS * mask.size, 32), (WORD_BITS - 1, 5), *((bits - 1, 4) for bits in LENGTH_BITS)]
    bits = "".join(f"{value:0{length}b}" for value, length in head)
    parts = [bits]
    for index, run in enumerate(runs_of(mask.ravel()).tolist()):
        parts.append(_run_bits(CHANNELS * run, 255 * (index % 2)))
    packed = "".join(parts)
    packed += "0" * (-len(packed) % 8)
    return list(int(packed, 2).to_bytes(len(packed) // 8))


def _run_bits(length: int, value: int) -> str:
    """Equal values as bits, in pieces of the longest length that can be written."""
    text, longest = "", 1 << LENGTH_BITS[-1]
    while length > 0:
        piece = min(length, longest)
        size = next(index for index, bits in enumerate(LENGTH_BITS) if piece <= 1 << bits)
        text += f"1{size:02b}{piece - 1:0{LENGTH_BITS[size]}b}{value:0{WORD_BITS}b}"
        length -= piece
    return text
