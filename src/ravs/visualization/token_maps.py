"""Maps of tokens as colours over a picture."""

from colorsys import hsv_to_rgb

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8

ImageArray = UInt8[np.ndarray, "height width 3"]
Colors = Float[np.ndarray, "*places 3"]  # 0 to 255

COLD = ((38, 84, 164), (116, 168, 218), (206, 226, 242))  # responses from 0 to the threshold
WARM = ((254, 222, 168), (242, 130, 60), (166, 14, 26))  # responses from the threshold to 1
UNCERTAINTY_COLORS = ((236, 236, 238), (246, 176, 160), (222, 50, 44), (132, 0, 20))
LIFT = 84  # of a picture below colours, so that its darks do not swallow them
FAINT, STRONG = 0.2, 0.85  # opacity of the least and of the most relevant token
OPACITY = 0.72  # of a response
BORDER = 0.55  # how white the borders between groups are
SLATE = (62, 72, 96)  # of the bar that explains opacity: no group has it
FRONTIER = (20, 20, 24)  # between positive and negative groups
GOLDEN = 0.618034  # turns of the colour wheel between two groups: any number of them stays apart


def upsample_tokens(tokens: np.ndarray, height: int, width: int) -> np.ndarray:
    """A map of tokens (rows, columns) on a picture's pixels: each pixel has the token that its middle lies in."""
    rows, columns = tokens.shape
    row = ((np.arange(height) + 0.5) * rows / height).astype(int)
    column = ((np.arange(width) + 0.5) * columns / width).astype(int)
    picture: np.ndarray = tokens[row[:, None], column]
    return picture


def borders(labels: np.ndarray) -> Bool[np.ndarray, "height width"]:
    """The pixels whose right or lower neighbour has another label."""
    edge = np.zeros(labels.shape, bool)
    edge[:, :-1] |= labels[:, :-1] != labels[:, 1:]
    edge[:-1] |= labels[:-1] != labels[1:]
    return edge


def color_ramp(shares: Float[np.ndarray, "*places"], stops: tuple[tuple[int, int, int], ...]) -> Colors:
    """Colours between stops that lie evenly from 0 to 1."""
    places = np.linspace(0, 1, len(stops))
    return np.stack([np.interp(shares, places, channel) for channel in zip(*stops, strict=True)], axis=-1)


def response_colors(response: Float[np.ndarray, "*places"], threshold: int | float) -> Colors:
    """Warm above the threshold, cold up to it; the deeper, the farther from it."""
    below = color_ramp(response / max(threshold, 1e-6), COLD)
    above = color_ramp((response - threshold) / max(1 - threshold, 1e-6), WARM)
    colours: np.ndarray = np.where((response > threshold)[..., None], above, below)
    return colours


def group_colors(num_groups: int) -> Float[np.ndarray, "{num_groups} 3"]:
    """A colour for each group: its own hue, every third one darker."""
    wheel = [(index * GOLDEN % 1, 0.85, (1, 1, 0.7)[index % 3]) for index in range(num_groups)]
    colours: np.ndarray = np.array([hsv_to_rgb(*place) for place in wheel]) * 255
    return colours


def blend(
    picture: ImageArray, colours: Float[np.ndarray, "height width 3"], opacity: Float[np.ndarray, "height width"]
) -> ImageArray:
    """Colours over the lifted light of the picture: its own colours would be taken for theirs."""
    light = LIFT + picture @ np.array([0.299, 0.587, 0.114]) * (1 - LIFT / 255)
    share = opacity[..., None]
    mixed: np.ndarray = np.rint(light[..., None] * (1 - share) + colours * share).astype(np.uint8)
    return mixed


def match_group_numbers(
    before: Int[np.ndarray, "rows columns"], after: Int[np.ndarray, "rows columns"]
) -> Int[np.ndarray, "rows columns"]:
    """The later map with its groups renumbered: each gets the number of the earlier group that it overlaps most.

    Groups have no identity over time; with this, what stands still keeps its colour. The largest overlaps choose
    first, each number is given once, and a group that overlaps none takes what is left.
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


def paint_groups(picture: ImageArray, of_token: np.ndarray, shares: np.ndarray) -> ImageArray:
    """Each group in its colour, as strong as the token's share (0 to 1) of the relevance; borders in white."""
    size = picture.shape[:2]
    labels = upsample_tokens(of_token, *size)
    strength = FAINT + (STRONG - FAINT) * upsample_tokens(shares, *size)
    painted = blend(picture, group_colors(int(of_token.max()) + 1)[labels], strength)
    return whitened(painted, borders(labels))


def paint_response(
    picture: ImageArray, of_token: np.ndarray, response: Float[np.ndarray, " groups"], threshold: int | float
) -> ImageArray:
    """Each group in the colour of its response; white borders, dark where positive and negative groups meet."""
    size = picture.shape[:2]
    labels = upsample_tokens(of_token, *size)
    colours = response_colors(response, threshold)[labels]
    painted = whitened(blend(picture, colours, np.full(size, OPACITY)), borders(labels))
    frontier = borders((response > threshold)[labels])
    frontier[1:] |= frontier[:-1]
    frontier[:, 1:] |= frontier[:, :-1]
    painted[frontier] = FRONTIER
    return painted


def whitened(picture: ImageArray, lines: Bool[np.ndarray, "height width"]) -> ImageArray:
    """The picture with thin bright lines; where groups are crumbs, their colours still show between the lines."""
    bright = np.rint(picture * (1 - BORDER) + 255 * BORDER).astype(np.uint8)
    return np.where(lines[..., None], bright, picture)
