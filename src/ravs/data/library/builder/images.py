"""Images of the library: cut-outs cropped to their opaque part, backgrounds cropped to their center."""

import io

from PIL import Image

from ravs.data.library.format import BACKGROUND_LONG_SIDE, BACKGROUND_SHORT_SIDE, CUTOUT_SIDE, JPEG_QUALITY

MIN_ALPHA = 24  # a pixel with a higher alpha counts as opaque when a cut-out is cropped


def make_cutout(content: bytes, mask: bytes | None = None) -> bytes:
    """Make a PNG with alpha from an image.

    Args:
        content: the image file.
        mask: file of a gray image used as alpha, where the image has none; the cut-out gets its size.
    """
    image = Image.open(io.BytesIO(content)).convert("RGBA")
    if mask is not None:
        alpha = Image.open(io.BytesIO(mask)).convert("L")
        image = image.convert("RGB").resize(alpha.size, Image.Resampling.LANCZOS).convert("RGBA")
        image.putalpha(alpha)
    opaque = image.getchannel("A").point([255 if value > MIN_ALPHA else 0 for value in range(256)])
    image = image.crop(opaque.getbbox())
    scale = min(1.0, CUTOUT_SIDE / max(image.size))
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    # premultiplied, so that colors of transparent pixels do not bleed
    image = image.convert("RGBa").resize(size, Image.Resampling.LANCZOS).convert("RGBA")
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def make_background(content: bytes) -> bytes:
    """Make a JPEG from an image: its short side scaled to BACKGROUND_SHORT_SIDE, its long one cropped to the middle."""
    image = Image.open(io.BytesIO(content)).convert("RGB")
    scale = BACKGROUND_SHORT_SIDE / min(image.size)
    size = round(image.width * scale), round(image.height * scale)
    image = image.resize(size, Image.Resampling.LANCZOS)
    width, height = min(image.width, BACKGROUND_LONG_SIDE), min(image.height, BACKGROUND_LONG_SIDE)
    left, top = (image.width - width) // 2, (image.height - height) // 2
    out = io.BytesIO()
    image.crop((left, top, left + width, top + height)).save(out, "JPEG", quality=JPEG_QUALITY)
    return out.getvalue()
