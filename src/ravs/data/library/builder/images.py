"""Pictures of the library: cut-outs cropped to what is opaque, backgrounds cropped to a middle part."""

import io

from PIL import Image

from ravs.data.library.format import BACKGROUND_LONG_SIDE, BACKGROUND_SHORT_SIDE, CUTOUT_SIDE, JPEG_QUALITY

MIN_ALPHA = 24  # alpha above which a pixel counts when a cut-out is cropped


def make_cutout(content: bytes, mask: bytes | None = None) -> bytes:
    """A PNG with alpha out of a picture.

    Args:
        content: the picture's file.
        mask: file of a grey picture that is taken for the alpha, where the picture has none; its size counts.
    """
    picture = Image.open(io.BytesIO(content)).convert("RGBA")
    if mask is not None:
        alpha = Image.open(io.BytesIO(mask)).convert("L")
        picture = picture.convert("RGB").resize(alpha.size, Image.Resampling.LANCZOS).convert("RGBA")
        picture.putalpha(alpha)
    opaque = picture.getchannel("A").point([255 if value > MIN_ALPHA else 0 for value in range(256)])
    picture = picture.crop(opaque.getbbox())
    scale = min(1.0, CUTOUT_SIDE / max(picture.size))
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    # alpha multiplied in, so that hidden colours of transparent pixels do not bleed
    picture = picture.convert("RGBa").resize(size, Image.Resampling.LANCZOS).convert("RGBA")
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def make_background(content: bytes) -> bytes:
    """A JPEG out of a picture: its short side BACKGROUND_SHORT_SIDE, the middle of its long one."""
    picture = Image.open(io.BytesIO(content)).convert("RGB")
    scale = BACKGROUND_SHORT_SIDE / min(picture.size)
    size = round(picture.width * scale), round(picture.height * scale)
    picture = picture.resize(size, Image.Resampling.LANCZOS)
    width, height = min(picture.width, BACKGROUND_LONG_SIDE), min(picture.height, BACKGROUND_LONG_SIDE)
    left, top = (picture.width - width) // 2, (picture.height - height) // 2
    out = io.BytesIO()
    picture.crop((left, top, left + width, top + height)).save(out, "JPEG", quality=JPEG_QUALITY)
    return out.getvalue()
