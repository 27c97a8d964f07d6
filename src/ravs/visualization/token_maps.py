"""Paints maps of tokens as colors over an image."""

from colorsys import hsv_to_rgb

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8

ImageArray = UInt8[np.ndarray, "height width 3"]
Colors = Float[np.ndarray, "*places 3"]  # 0 to 255

COLD_COLORS = ((38, 84, 164), (116, 168, 218), (206, 226, 242))  # responses from 0 to the threshold
WARM_COLORS = ((254, 222, 168), (242, 130, 60), (166, 14, 26))  # responses from the threshold to 1
UNCERTAINTY_COLORS = ((236, 236, 238), (246, 176, 160), (222, 50, 44), (132, 0, 20))
BRIGHTENING = 84  # brightness added below colors, so that dark pixels do not hide them
MIN_OPACITY, MAX_OPACITY = 0.2, 0.85  # opacity of the least and of the most relevant token
RESPONSE_OPACITY = 0.72  # of a response
BORDER_WHITENESS = 0.55  # how white the borders between groups are
LEGEND_COLOR = (62, 72, 96)  # of the bar that explains opacity; no group has this color
SIGN_BORDER_COLOR = (20, 20, 24)  # between positive and negative groups
HUE_STEP = 0.618034  # turns of the color wheel between two groups, so that any number stays distinct


def upsample_tokens(tokens: np.ndarray, height: int, width: int) -> np.ndarray:
    """A map of tokens (rows, columns) at image size: each pixel has the token that contains its center."""
    rows, columns = tokens.shape
    row = ((np.arange(height) + 0.5) * rows / height).astype(int)
    column = ((np.arange(width) + 0.5) * columns / width).astype(int)
    image: np.ndarray = tokens[row[:, None], column]
    return image


def borders(labels: np.ndarray) -> Bool[np.ndarray, "height width"]:
    """Pixels whose right or lower neighbor has another label."""
    edge = np.zeros(labels.shape, bool)
    edge[:, :-1] |= labels[:, :-1] != labels[:, 1:]
    edge[:-1] |= labels[:-1] != labels[1:]
    return edge


def color_ramp(shares: Float[np.ndarray, "*places"], stops: tuple[tuple[int, int, int], ...]) -> Colors:
    """Colors interpolated between stops spaced evenly from 0 to 1."""
    places = np.linspace(0, 1, len(stops))
    return np.stack([np.interp(shares, places, channel) for channel in zip(*stops, strict=True)], axis=-1)


def response_colors(response: Float[np.ndarray, "*places"], threshold: int | float) -> Colors:
    """Warm colors above the threshold, cold ones up to it; darker with distance from it."""
    below = color_ramp(response / max(threshold, 1e-6), COLD_COLORS)
    above = color_ramp((response - threshold) / max(1 - threshold, 1e-6), WARM_COLORS)
    colors: np.ndarray = np.where((response > threshold)[..., None], above, below)
    return colors


def group_colors(num_groups: int) -> Float[np.ndarray, "{num_groups} 3"]:
    """A color for each group: its own hue, every third one darker."""
    wheel = [(index * HUE_STEP % 1, 0.85, (1, 1, 0.7)[index % 3]) for index in range(num_groups)]
    colors: np.ndarray = np.array([hsv_to_rgb(*place) for place in wheel]) * 255
    return colors


def blend(
    image: ImageArray, colors: Float[np.ndarray, "height width 3"], opacity: Float[np.ndarray, "height width"]
) -> ImageArray:
    """Colors over the brightened gray image, whose own colors could be mistaken for them."""
    light = BRIGHTENING + image @ np.array([0.299, 0.587, 0.114]) * (1 - BRIGHTENING / 255)
    share = opacity[..., None]
    mixed: np.ndarray = np.rint(light[..., None] * (1 - share) + colors * share).astype(np.uint8)
    return mixed


def match_group_numbers(
    before: Int[np.ndarray, "rows columns"], after: Int[np.ndarray, "rows columns"]
) -> Int[np.ndarray, "rows columns"]:
    """The later map with each group renumbered as the earlier group that it overlaps most.

    Groups have no identity over time; renumbered, static content keeps its color. The largest overlaps are matched
    first, each number is used once, and groups without overlap take the remaining numbers.
    """
    count = int(max(before.max(), after.max())) + 1
    overlap = np.bincount((after * count + before).ravel(), minlength=count * count).reshape(count, count)
    number = np.zeros(count, int)
    for _ in range(count):
        new, old = np.unravel_index(overlap.argmax(), overlap.shape)
        number[new] = old
        overlap[new], overlap[:, old] = -1, -1
    renumbered: np.ndarray = number[after]
    return renumbered


def paint_groups(image: ImageArray, of_token: np.ndarray, shares: np.ndarray) -> ImageArray:
    """Each group in its color, with opacity by the token's share (0 to 1) of the relevance; white borders."""
    size = image.shape[:2]
    labels = upsample_tokens(of_token, *size)
    strength = MIN_OPACITY + (MAX_OPACITY - MIN_OPACITY) * upsample_tokens(shares, *size)
    painted = blend(image, group_colors(int(of_token.max()) + 1)[labels], strength)
    return draw_borders(painted, borders(labels))


def paint_response(
    image: ImageArray, of_token: np.ndarray, response: Float[np.ndarray, " groups"], threshold: int | float
) -> ImageArray:
    """Each group in the color of its response; white borders, dark where positive and negative groups meet."""
    size = image.shape[:2]
    labels = upsample_tokens(of_token, *size)
    colors = response_colors(response, threshold)[labels]
    painted = draw_borders(blend(image, colors, np.full(size, RESPONSE_OPACITY)), borders(labels))
    sign_border = borders((response > threshold)[labels])
    sign_border[1:] |= sign_border[:-1]
    sign_border[:, 1:] |= sign_border[:, :-1]
    painted[sign_border] = SIGN_BORDER_COLOR
    return painted


def draw_borders(image: ImageArray, lines: Bool[np.ndarray, "height width"]) -> ImageArray:
    """The image with thin bright lines, which leave the colors of tiny groups visible."""
    bright = np.rint(image * (1 - BORDER_WHITENESS) + 255 * BORDER_WHITENESS).astype(np.uint8)
    return np.where(lines[..., None], bright, image)
