"""Upper bound of J for groups of tokens: python scripts/group_upper_bound.py MODEL LIBRARY CLIPS [P4 P8 P16].

For each stage the mean J, over sounding frames of val clips (CLIPS of each subset, seed 1), of the best choice of
groups, of cells of a grid with about as many cells, and of single tokens: the best that merging can separate. Then J of
the groups whose response (eq. 8) is above 0.5. P4, P8 and P16 set other numbers of groups than the model was trained
with.
"""

import math
import sys
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from ravs.data.datasets.library_dataset import open_library
from ravs.inference.predict import predict_probabilities
from ravs.inference.segmenter import Segmenter, load
from ravs.modeling.ravs import RavsModel
from ravs.visualization.model_outputs import FrameGroups, groups_by_frame, recorded_alignments

SUBSETS = ("ss", "ms", "msmi")


def grid(rows: int, columns: int, cells: int) -> Tensor:
    """Cell numbers of a map's tokens, in a grid of about `cells` cells."""
    side = math.sqrt(rows * columns / cells)
    row, column = (torch.arange(length).div(side).floor().long() for length in (rows, columns))
    return row[:, None] * cells + column


def jaccard(areas: Tensor, parts: Tensor, marked: Tensor | None = None) -> float:
    """J of the marked parts, by default of the best choice. `areas`: the sounding share of each token.

    The best choice consists of the parts with the largest sounding share, as many of them as raise J.
    """
    names, part_of_token = parts.unique(return_inverse=True)
    inside = torch.zeros(len(names)).index_add(0, part_of_token.flatten(), areas.flatten())
    area = part_of_token.flatten().bincount().float()
    if marked is not None:
        chosen = marked[names]
        return float(inside[chosen].sum() / (areas.sum() + (area - inside)[chosen].sum()))
    order = (inside / area).argsort(descending=True)
    return float((inside[order].cumsum(0) / (areas.sum() + (area - inside)[order].cumsum(0))).max())


def of_stage(groups: FrameGroups, mask: Tensor) -> tuple[float, ...]:
    """J of one frame at one stage: best by groups, grid and tokens, and by response."""
    parts, response = torch.from_numpy(groups.of_token), torch.from_numpy(groups.response)
    rows, columns = parts.shape
    areas = F.adaptive_avg_pool2d(mask.float()[None], (rows, columns))[0]
    tokens = torch.arange(parts.numel()).view(rows, columns)
    cells = grid(rows, columns, len(response))
    return (*(jaccard(areas, each) for each in (parts, cells, tokens)), jaccard(areas, parts, response > 0.5))


def measure(segmenter: Segmenter, root: Path, clips: int) -> list[Tensor]:
    """J of each stage: frames, four values."""
    classes = segmenter.processor.config.classes
    data = open_library(root, classes, split="val", clips=clips, seeds=(1,), size=224)
    found: list[list[tuple[float, ...]]] = [[], [], []]
    for clip in (data.read(entry) for entry in data.entries if entry.subset in SUBSETS):
        for first, window in clip.windows(segmenter.processor.config.clip_seconds):
            with recorded_alignments(segmenter.model) as aligned:
                predict_probabilities(segmenter.model, segmenter.processor, window)
            for stage, output in enumerate(aligned):
                for second, groups in enumerate(groups_by_frame(output, segmenter.processor.config.response_sharpness)):
                    mask = torch.from_numpy(clip.masks[first + second] > 0)
                    if mask.any():
                        found[stage].append(of_stage(groups, mask))
    return [torch.tensor(rows) for rows in found]


def main(model: str, root: Path, clips: int, *numbers: int) -> None:
    """Print one line per stage."""
    segmenter = load(model)
    assert isinstance(segmenter.model, RavsModel), "only RavsModel groups tokens"
    num_groups = numbers or segmenter.model.config.num_groups
    for alignment, number in zip(segmenter.model.alignments, num_groups, strict=True):
        alignment.num_groups = number
    sys.stdout.write(f"{model}: stride, groups, frames; best J by groups, grid, tokens; J by response\n")
    for stage, rows in enumerate(measure(segmenter, root, clips)):
        figures = " ".join(f"{value:.3f}" for value in rows.mean(dim=0))
        sys.stdout.write(f"{4 * 2**stage} {num_groups[stage]} {len(rows)} {figures}\n")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *map(int, sys.argv[3:]))
