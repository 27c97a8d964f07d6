"""An image made of tiles, as phones store theirs: an AVIF whose primary item is a grid of others."""

import io
import struct

import numpy as np
from PIL import Image


def box(kind, *parts, version=None, flags=0):
    """One box of ISO 14496-12; a full one if it has a version."""
    head = b"" if version is None else bytes([version]) + flags.to_bytes(3, "big")
    body = head + b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def inside(data, *kinds):
    """The content of a nested box."""
    for kind in kinds:
        at = data.index(kind)
        data = data[at + 4 : at - 4 + int.from_bytes(data[at - 4 : at], "big")]
    return data


def write_grid(path, image, rows, columns, quality=90):
    """A grid of rows x columns tiles of equal size, coded one by one."""
    height, width = image.shape[0] // rows, image.shape[1] // columns
    coded = []
    for row in range(rows):
        for column in range(columns):
            tile = image[row * height : (row + 1) * height, column * width : (column + 1) * width]
            file = io.BytesIO()
            Image.fromarray(np.ascontiguousarray(tile)).save(file, "AVIF", quality=quality)
            coded.append(file.getvalue())
    count = len(coded)
    tiles = [inside(data, b"mdat") for data in coded]
    grid = struct.pack(">BBBBHH", 0, 0, rows - 1, columns - 1, image.shape[1], image.shape[0])
    ftyp = box(b"ftyp", b"avif", bytes(4), b"avifmif1miaf")
    size = len(ftyp) + len(_meta(coded[0], [0] * count, tiles, grid, (width, height), image.shape)) + 8
    offsets = [size + sum(len(tile) for tile in tiles[:at]) for at in range(count)]
    meta = _meta(coded[0], offsets, tiles, grid, (width, height), image.shape)
    path.write_bytes(ftyp + meta + box(b"mdat", *tiles))
    return path


def _meta(coded, offsets, tiles, grid, tile_size, shape):
    count = len(tiles)
    grid_id = count + 1
    located = b"".join(
        struct.pack(">HHHHII", at + 1, 0, 0, 1, offsets[at], len(tile)) for at, tile in enumerate(tiles)
    ) + struct.pack(">HHHHII", grid_id, 1, 0, 1, 0, len(grid))
    kinds = [(at + 1, b"av01", 1) for at in range(count)] + [(grid_id, b"grid", 0)]
    infos = [
        box(b"infe", struct.pack(">HH4s", item, 0, kind), b"\0", version=2, flags=hidden)
        for item, kind, hidden in kinds
    ]
    links = box(b"dimg", struct.pack(">HH", grid_id, count), *(struct.pack(">H", at + 1) for at in range(count)))
    sizes = [box(b"ispe", struct.pack(">II", *size), version=0) for size in (tile_size, (shape[1], shape[0]))]
    properties = box(b"ipco", *sizes, box(b"av1C", inside(coded, b"av1C")), box(b"pixi", b"\3\x08\x08\x08", version=0))
    uses = b"".join(struct.pack(">HB3B", at + 1, 3, 1, 0x83, 4) for at in range(count))
    uses += struct.pack(">HB2B", grid_id, 2, 2, 4)
    return box(
        b"meta",
        box(b"hdlr", bytes(4), b"pict", bytes(13), version=0),
        box(b"pitm", struct.pack(">H", grid_id), version=0),
        box(b"iloc", b"\x44\x00", struct.pack(">H", count + 1), located, version=1),
        box(b"iinf", struct.pack(">H", count + 1), *infos, version=0),
        box(b"iref", links, version=0),
        box(b"iprp", properties, box(b"ipma", struct.pack(">I", count + 1), uses, version=0)),
        box(b"idat", grid),
        version=0,
    )
