"""Still images: recognized by the content of a file; those stored as tiles are joined."""

from itertools import islice
from pathlib import Path

import av
import numpy as np
from av.container.input import InputContainer
from av.stream import Disposition
from PIL import Image, ImageOps, UnidentifiedImageError

from ravs.errors import DecodeError
from ravs.media.container import open_input, video_stream
from ravs.structures.size_limit import check_size

MULTI_FRAME_FORMATS = frozenset({"gif", "apng", "ico"})  # formats that hold one image or more
IMAGE_BRANDS = frozenset({"avif", "heic", "heix", "heim", "heis", "mif1"})  # images in a video container


def is_still(container: InputContainer) -> bool:
    """Whether a file is one image without a duration: PNG, JPEG, WebP, …, and AVIF, HEIC or GIF of one frame."""
    name = container.format.name
    if name.endswith("_pipe") or name == "image2":
        return True
    if name not in MULTI_FRAME_FORMATS and container.metadata.get("major_brand") not in IMAGE_BRANDS:
        return False
    path = Path(container.name)
    with open_input(path) as again:
        frames = (packet for packet in again.demux(video_stream(again, path)) if packet.size)
        return len(list(islice(frames, 2))) == 1


def is_tiled(container: InputContainer) -> bool:
    """Whether an image is stored as tiles, each of them a stream of its own for FFmpeg."""
    return any(stream.disposition & Disposition.dependent for stream in container.streams.video)


def read_tiled_image(path: Path) -> av.VideoFrame:
    """An image stored as tiles, joined and upright.

    Raises: DecodeError if Pillow cannot read it, such as HEIC.
    """
    try:
        with Image.open(path) as image:
            check_size(*image.size, path)
            pixels = np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, RuntimeError) as error:
        raise DecodeError(
            f"{path.name}: cannot be decoded (it is made of tiles, which are read from AVIF only). "
            "Convert it to JPEG or PNG."
        ) from error
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
    frame.pts = 0
    return frame
