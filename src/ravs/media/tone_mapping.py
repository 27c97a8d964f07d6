"""Tone mapping of HDR frames (PQ and HLG of BT.2100) to BT.709: a lookup table that FFmpeg applies."""

from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import get_ident

import av
import numpy as np
from av.filter import Graph
from jaxtyping import Float64

Light = Float64[np.ndarray, "colors 3"]

PQ, HLG = 16, 18  # transfer characteristics, as FFmpeg numbers them
WIDE_PRIMARIES = (9, 2)  # primaries of BT.2020, or unspecified, as FFmpeg numbers them
LUT_PIXEL_FORMAT = "gbrp16le"  # pixel format of the lookup
LUT_STEPS = 33  # of the table, for each of red, green and blue
WHITE_NITS = 100.0  # SDR white; the reference white of HDR (203 nits, BT.2408) comes to 0.82 of it
PEAK_NITS = 1000.0  # this bright, or brighter, is white
TO_BT709 = np.array(  # linear light with BT.2020 primaries to BT.709; BT.2087
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]]
)
LUMINANCE = np.array([0.2627, 0.6780, 0.0593])  # of BT.2020


def is_hdr(frame: av.VideoFrame) -> bool:
    """Whether a frame is tagged PQ or HLG."""
    return int(frame.color_trc) in (PQ, HLG)


def to_sdr(frame: av.VideoFrame, transfer: int, primaries: int) -> av.VideoFrame:
    """Map a gbrp16le frame of PQ or HLG values to one of BT.709 values.

    Unspecified primaries are taken for BT.2020's; other primaries stay as they are.
    """
    graph = _lut_graph(transfer, primaries in WIDE_PRIMARIES, frame.width, frame.height, get_ident())
    frame.pts = 0
    graph.push(frame)
    mapped = graph.pull()
    assert isinstance(mapped, av.VideoFrame)
    return mapped


def tone_mapped(values: Light, transfer: int, is_wide: bool) -> Light:
    """Map PQ or HLG values of red, green and blue (0 to 1) to BT.709 values (0 to 1).

    Each channel follows Reinhard's extended curve (2002, eq. 4), which keeps dark values as they are and maps
    1000 nits, ten times the white of SDR, to white.
    """
    light = _pq_light(values) if transfer == PQ else _hlg_light(values)
    if is_wide:
        light = np.clip(light @ TO_BT709.T, 0, None)
    mapped = np.minimum(light * (1 + light / (PEAK_NITS / WHITE_NITS) ** 2) / (1 + light), 1)
    return np.asarray(np.where(mapped < 0.018, 4.5 * mapped, 1.099 * mapped**0.45 - 0.099))  # BT.709, item 1.2


def _pq_light(values: Light) -> Light:
    """SMPTE ST 2084: light as a multiple of SDR white."""
    m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
    root = values ** (1 / m2)
    return 10000 / WHITE_NITS * (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1)


def _hlg_light(values: Light) -> Light:
    """ARIB STD-B67 on a display of 1000 nits (BT.2100, gamma 1.2): light as a multiple of SDR white."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(values <= 0.5, values**2 / 3, (np.exp((values - c) / a) + b) / 12)
    return np.asarray(1000 / WHITE_NITS * (scene @ LUMINANCE)[:, None] ** 0.2 * scene)


@lru_cache(maxsize=8)
def _lut_graph(transfer: int, is_wide: bool, width: int, height: int, thread: int) -> Graph:
    """A filter graph with the table for frames of one size; each thread has its own."""
    steps = np.linspace(0, 1, LUT_STEPS)
    blue, green, red = np.meshgrid(steps, steps, steps, indexing="ij")  # red changes fastest
    table = tone_mapped(np.stack([red, green, blue], -1).reshape(-1, 3), transfer, is_wide)
    rows = "\n".join(f"{r:.5f} {g:.5f} {b:.5f}" for r, g, b in table.tolist())
    graph = Graph()
    with TemporaryDirectory() as folder:
        file = Path(folder) / "table.cube"
        file.write_text(f"LUT_3D_SIZE {LUT_STEPS}\n{rows}\n", encoding="ascii")
        source = graph.add_buffer(
            width=width, height=height, format=av.VideoFormat(LUT_PIXEL_FORMAT), time_base=Fraction(1, 25)
        )
        lookup = graph.add("lut3d", file=str(file), interp="tetrahedral")
        sink = graph.add("buffersink")
        source.link_to(lookup)
        lookup.link_to(sink)
        graph.configure()
    return graph
