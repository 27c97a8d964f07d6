"""Polygons that cover exactly the pixels of a mask: one for each piece, with its holes cut open."""

import numpy as np
from jaxtyping import Bool

Corner = tuple[int, int]  # x, y on the grid of pixel corners
Loop = list[Corner]


def mask_polygons(mask: Bool[np.ndarray, "height width"]) -> list[Loop]:
    """A polygon for each piece of a mask, pieces that touch at corners alone apart; corners where it turns.

    A hole is joined to the outline by a cut of no width, so that one polygon describes a piece with its holes: the
    centers inside it are those of the mask's pixels, by the even-odd and the nonzero rule.
    """
    loops = boundary_loops(mask)
    outlines = [loop for loop in loops if _signed_area(loop) > 0]
    holes = sorted((loop for loop in loops if _signed_area(loop) < 0), key=min)
    owners = {corner: outline for outline in outlines for corner in outline}
    for hole in holes:
        start = min(hole)  # its leftmost corner: whatever lies to the left of it is joined already
        x, y = start[0] - 1, start[1]
        while (x, y) not in owners:
            x -= 1
        _cut_open(owners[x, y], (x, y), hole, start)
        owners |= dict.fromkeys(hole, owners[x, y])
    return [_turns(outline) for outline in outlines]


def boundary_loops(mask: Bool[np.ndarray, "height width"]) -> list[Loop]:
    """Closed walks along the edges between mask and background, one step a pixel, with the mask on the right."""
    padded = np.pad(mask, 1).astype(np.int8)
    steps: dict[Corner, list[Corner]] = {}
    for axis in (0, 1):
        change = np.diff(padded, axis=axis)  # 1 where the mask begins, below or to the right; -1 where it ends
        for row, column in np.argwhere(change).tolist():
            ends = ((column - 1, row), (column, row)) if axis == 0 else ((column, row), (column, row - 1))
            start, end = ends if change[row, column] > 0 else ends[::-1]
            steps.setdefault(start, []).append(end)
    loops = []
    while steps:
        loops.append(_walk(steps, next(iter(steps))))
    return loops


def _walk(steps: dict[Corner, list[Corner]], start: Corner) -> Loop:
    """Follows steps, and takes them out, until they are back; where two pieces touch at a corner, it turns right."""
    loop: Loop = []
    at, heading = start, (0, 0)
    while not loop or at != start or _right_of(at, heading) in steps.get(at, ()):
        choices = steps[at]
        right = _right_of(at, heading)
        following = right if right in choices else choices[0]
        choices.remove(following)
        if not choices:
            del steps[at]
        loop.append(at)
        heading = (following[0] - at[0], following[1] - at[1])
        at = following
    return loop


def _right_of(at: Corner, heading: Corner) -> Corner:
    """The corner that lies to the right, seen in walking direction; y points down."""
    return at[0] - heading[1], at[1] + heading[0]


def _cut_open(outline: Loop, at: Corner, hole: Loop, start: Corner) -> None:
    """Walks from a corner of the outline around a hole and back."""
    first, index = hole.index(start), outline.index(at) + 1
    outline[index:index] = [*hole[first:], *hole[:first], start, at]


def _signed_area(loop: Loop) -> int:
    """Twice the area; below 0 for holes."""
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(loop, [*loop[1:], loop[0]], strict=True))


def _turns(loop: Loop) -> Loop:
    """The corners at which the direction changes."""
    around = zip([loop[-1], *loop[:-1]], loop, [*loop[1:], loop[0]], strict=True)
    return [at for before, at, after in around if _direction(before, at) != _direction(at, after)]


def _direction(start: Corner, end: Corner) -> Corner:
    return int(np.sign(end[0] - start[0])), int(np.sign(end[1] - start[1]))
