"""RGBA layers over YUV frames: computed once, blended into every frame that shows them."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt16
from PIL import Image

from ravs.media import YuvPlanes

BT601, BT709 = (0.299, 0.114), (0.2126, 0.0722)  # shares of red and of blue in luma
ALPHA_SCALE = 256


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """What a region of the frame keeps of itself and what is added, in 256ths, plane by plane."""

    top: int  # even
    left: int  # even
    keep: tuple[UInt16[np.ndarray, "_ _"], ...]
    add: tuple[UInt16[np.ndarray, "_ _"], ...]

    @classmethod
    def of(cls, painted: Image.Image, is_hd: bool, top: int = 0, left: int = 0) -> "Layer | None":
        """The layer of an RGBA image placed at (top, left), cropped to what is drawn; None if nothing is.

        Sides, top and left must be even.
        """
        box = painted.getchannel("A").getbbox()
        if box is None:
            return None
        x0, y0, x1, y1 = box[0] // 2 * 2, box[1] // 2 * 2, -(-box[2] // 2) * 2, -(-box[3] // 2) * 2
        pixels = np.asarray(painted.crop((x0, y0, x1, y1)), np.float32)
        alpha = np.round(pixels[..., 3] * (ALPHA_SCALE / 255))
        luma, *chroma = (plane * alpha for plane in to_yuv(pixels[..., :3], is_hd))
        half = half_resolution(alpha)
        keep = (ALPHA_SCALE - alpha, ALPHA_SCALE - half, ALPHA_SCALE - half)
        add = (luma, *(half_resolution(plane) for plane in chroma))
        return cls(top + y0, left + x0, tuple(map(to_uint16, keep)), tuple(map(to_uint16, add)))

    def blend(self, planes: YuvPlanes, from_x: int = 0, to_x: int | None = None) -> None:
        """Blend into a frame, or only into its columns from from_x to to_x (both even). What lies outside is cut."""
        for plane, keep, add, step in zip(planes[:3], self.keep, self.add, (1, 2, 2), strict=True):
            top, left = self.top // step, self.left // step
            first = max(from_x // step - left, 0)
            last = min((plane.shape[1] if to_x is None else to_x // step) - left, keep.shape[1])
            rows = min(plane.shape[0] - top, keep.shape[0])
            if first < last and rows > 0:
                part = plane[top : top + rows, left + first : left + last]
                mixed = np.multiply(part, keep[:rows, first:last], dtype=np.uint16)
                mixed += add[:rows, first:last]
                mixed >>= 8
                part[...] = mixed


def to_yuv(
    rgb: Float[np.ndarray, "rows columns 3"], is_hd: bool
) -> tuple[Float[np.ndarray, "rows columns"], Float[np.ndarray, "rows columns"], Float[np.ndarray, "rows columns"]]:
    """Luma and the two chroma planes of pixels from 0 to 255, limited range."""
    red_share, blue_share = BT709 if is_hd else BT601
    red, green, blue = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    luma = red_share * red + (1 - red_share - blue_share) * green + blue_share * blue
    toward_blue = (blue - luma) * np.float32(112 / 255 / (1 - blue_share)) + 128
    toward_red = (red - luma) * np.float32(112 / 255 / (1 - red_share)) + 128
    return luma * np.float32(219 / 255) + 16, toward_blue, toward_red


def half_resolution(plane: Float[np.ndarray, "rows columns"]) -> Float[np.ndarray, "half_rows half_columns"]:
    """The mean of each two by two pixels."""
    quarters = plane[::2, ::2] + plane[1::2, ::2] + plane[::2, 1::2] + plane[1::2, 1::2]
    return np.asarray(quarters * np.float32(0.25))


def to_uint16(plane: Float[np.ndarray, "rows columns"]) -> UInt16[np.ndarray, "rows columns"]:
    """Rounded down, so that the sum of keep and add never leaves the range."""
    return plane.astype(np.uint16)
