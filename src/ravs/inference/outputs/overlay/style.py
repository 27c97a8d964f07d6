"""Colours and letters of the overlay."""

from colorsys import hsv_to_rgb, rgb_to_hsv
from functools import cache

from PIL import ImageFont

from ravs.structures.palette import voc_color

Color = tuple[int, int, int]

MIN_TEXT_SIZE = 11  # pixels; below it nobody can read
TEXT_SHARE = 0.027  # of the picture's height


def overlay_color(class_id: int) -> Color:
    """The class's colour of the palette, light enough to be seen on a dark band."""
    hue, saturation, value = rgb_to_hsv(*(channel / 255 for channel in voc_color(class_id)))
    red, green, blue = hsv_to_rgb(hue, saturation * 0.85, 0.62 + 0.38 * value)
    return round(red * 255), round(green * 255), round(blue * 255)


def contrasting_color(ground: Color) -> Color:
    """Black or white, whichever reads better on this ground."""
    red, green, blue = ground
    return (16, 18, 22) if 0.299 * red + 0.587 * green + 0.114 * blue > 120 else (255, 255, 255)


def text_size(width: int, height: int) -> int:
    """Height of letters for a picture of this size."""
    return max(MIN_TEXT_SIZE, round(TEXT_SHARE * min(height, width * 9 / 16 + height / 4)))


@cache
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Pillow's own letters, which need no file."""
    return ImageFont.load_default(size)
