"""Colors and fonts of the overlay."""

from colorsys import hsv_to_rgb, rgb_to_hsv
from functools import cache

from PIL import ImageFont

from ravs.structures.palette import voc_color

Color = tuple[int, int, int]

MIN_TEXT_SIZE = 11  # pixels; smaller text cannot be read
TEXT_SHARE = 0.027  # of the frame's height


def overlay_color(class_id: int) -> Color:
    """The palette's color of a class, light enough to be seen on a dark band."""
    hue, saturation, value = rgb_to_hsv(*(channel / 255 for channel in voc_color(class_id)))
    red, green, blue = hsv_to_rgb(hue, saturation * 0.85, 0.62 + 0.38 * value)
    return round(red * 255), round(green * 255), round(blue * 255)


def contrasting_color(background: Color) -> Color:
    """Black or white, whichever is easier to read on this background."""
    red, green, blue = background
    return (16, 18, 22) if 0.299 * red + 0.587 * green + 0.114 * blue > 120 else (255, 255, 255)


def text_size(width: int, height: int) -> int:
    """Font size for a frame of this size."""
    return max(MIN_TEXT_SIZE, round(TEXT_SHARE * min(height, width * 9 / 16 + height / 4)))


@cache
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Pillow's built-in font, which needs no file."""
    return ImageFont.load_default(size)
