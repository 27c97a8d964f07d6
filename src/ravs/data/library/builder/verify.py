"""Verify that a part is the one in the table: by its bytes, else by a sketch of its content."""

import hashlib
import io
from base64 import b64decode, b64encode
from itertools import pairwise
from typing import Literal

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

from ravs.data.library.builder.loudness import Mono
from ravs.data.library.builder.parts_table import PartSource
from ravs.data.library.format import SAMPLE_RATE_HZ
from ravs.media import decode_mono

Verdict = Literal["same bytes", "same content", "differs"]

GRID_CELLS = 3  # of an image's sketch in each direction
TIME_PIECES = 16  # of an audio sketch, over time
BANDS_HZ = (0, 125, 250, 500, 1000, 2000, 4000, 8000, 16000)
TOLERANCE = 4  # of 255: another encoder or resampler changes less, another file or crop more


def verify_part(source: PartSource, content: bytes) -> Verdict:
    """Whether a part's file has the table's bytes, or at least its content. Raises: DecodeError."""
    if hashlib.sha256(content).hexdigest().startswith(source.sha256):
        return "same bytes"
    found, wanted = sketch(source.kind, content), np.frombuffer(b64decode(source.sketch), np.uint8)
    same = len(found) == len(wanted) and np.abs(found.astype(int) - wanted).max() <= TOLERANCE
    return "same content" if same else "differs"


def sketch_text(kind: str, content: bytes) -> str:
    """A part's sketch in Base64, as in the table."""
    return b64encode(sketch(kind, content).tobytes()).decode()


def sketch(kind: str, content: bytes) -> UInt8[np.ndarray, " values"]:
    """A few bytes that summarize an image or a sound."""
    if kind in ("sound", "ambient"):
        values = sketch_of_audio(decode_mono(content, SAMPLE_RATE_HZ))
    else:
        values = sketch_of_image(Image.open(io.BytesIO(content)))
    quantized: UInt8[np.ndarray, " values"] = np.rint(255 * np.clip(values, 0, 1)).astype(np.uint8)
    return quantized


def sketch_of_image(image: Image.Image) -> Float[np.ndarray, " values"]:
    """Size in thousands of pixels, then red, green, blue and alpha of each cell of a grid; 0 to 1.

    Colors are premultiplied by alpha: those of transparent pixels do not count.
    """
    pixels = np.asarray(image.convert("RGBA"), np.float64) / 255
    pixels[..., :3] *= pixels[..., 3:]
    rows = np.array_split(pixels, GRID_CELLS, axis=0)
    cells = [cell.mean(axis=(0, 1)) for row in rows for cell in np.array_split(row, GRID_CELLS, axis=1)]
    return np.concatenate([np.array(image.size) / 1000, *cells])


def sketch_of_audio(samples: Mono) -> Float[np.ndarray, " values"]:
    """Length in ten seconds, then the square roots of levels: of pieces in time, and of octaves; 0 to 1."""
    pieces = [np.sqrt((piece.astype(np.float64) ** 2).mean()) for piece in np.array_split(samples, TIME_PIECES)]
    power = 2 * np.abs(np.fft.rfft(samples.astype(np.float64)) / len(samples)) ** 2
    edges = np.searchsorted(np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE_HZ), BANDS_HZ)
    octaves = [np.sqrt(power[low:high].sum()) for low, high in pairwise(edges)]
    return np.concatenate([[len(samples) / SAMPLE_RATE_HZ / 10], np.sqrt([*pieces, *octaves])])
