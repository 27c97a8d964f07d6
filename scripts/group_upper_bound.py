"""How well groups follow what sounds: python scripts/group_upper_bound.py MODEL LIBRARY CLIPS [P4 P8 P16].

For each stage the mean J over sounding frames of val clips (CLIPS of each subset, seed 1) that would be reached if the
best choice of groups, of cells of a grid of about as many cells, and of single tokens were marked whole: what merging
can keep apart at best. Beside it J of the groups whose response (eq. 8) is above a half. Other numbers of groups than
the model's own may be tried; it was not trained with them.
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
from ravs.visualization.model_outputs import FrameGroups, groups_by_frame, recorded_alignments

SUBSETS = ("ss", "ms", "msmi")


def grid(rows: int, columns: int, cells: int) -> Tensor:
    """Places of a map in a grid of about so many cells."""
    side = math.sqrt(rows * columns / cells)
    row, column = (torch.arange(length).div(side).floor().long() for length in (rows, columns))
    return row[:, None] * cells + column


def jaccard(areas: Tensor, parts: Tensor, marked: Tensor | None = None) -> float:
    """J of the marked parts, by default of the best choice. `areas`: what of each place sounds.

    The best choice are the parts of which most sounds, as many of them as raise J.
    """
    names, of_place = parts.unique(return_inverse=True)
    inside = torch.zeros(len(names)).index_add(0, of_place.flatten(), areas.flatten())
    area = of_place.flatten().bincount().float()
    if marked is not None:
        chosen = marked[names]
        return float(inside[chosen].sum() / (areas.sum() + (area - inside)[chosen].sum()))
    order = (inside / area).argsort(descending=True)
    return float((inside[order].cumsum(0) / (areas.sum() + (area - inside)[order].cumsum(0))).max())


def of_stage(groups: FrameGroups, mask: Tensor) -> tuple[float, ...]:
    """J by groups, grid, tokens, and by response, of one frame at one stage."""
    parts, response = torch.from_numpy(groups.of_token), torch.from_numpy(groups.response)
    areas = F.adaptive_avg_pool2d(mask.float()[None], tuple(parts.shape))[0]
    tokens = torch.arange(parts.numel()).view(parts.shape)
    cells = grid(*parts.shape, len(response))
    return (*(jaccard(areas, each) for each in (parts, cells, tokens)), jaccard(areas, parts, response > 0.5))


def measure(segmenter: Segmenter, root: Path, clips: int) -> list[Tensor]:
    """By stage: frames, four J."""
    classes = segmenter.processor.config.classes
    data = open_library(root, classes, split="val", clips=clips, seeds=(1,), size=224)
    found: list[list[tuple[float, ...]]] = [[], [], []]
    for clip in (data.read(entry) for entry in data.entries if entry.subset in SUBSETS):
        for first, window in clip.windows(segmenter.processor.config.clip_seconds):
            with recorded_alignments(segmenter.model) as aligned:
                predict_probabilities(segmenter.model, segmenter.processor, window)
            for stage, given in enumerate(aligned):
                for second, groups in enumerate(groups_by_frame(given, segmenter.processor.config.response_sharpness)):
                    mask = torch.from_numpy(clip.masks[first + second] > 0)
                    if mask.any():
                        found[stage].append(of_stage(groups, mask))
    return [torch.tensor(rows) for rows in found]


def main(model: str, root: Path, clips: int, *numbers: int) -> None:
    """One line a stage."""
    segmenter = load(model)
    for alignment, number in zip(segmenter.model.alignments, numbers or segmenter.model.config.num_groups, strict=True):
        alignment.num_groups = number
    sys.stdout.write(f"{model}: stride, groups, frames; best J by groups, grid, tokens; J by response\n")
    for stage, rows in enumerate(measure(segmenter, root, clips)):
        figures = " ".join(f"{value:.3f}" for value in rows.mean(dim=0))
        sys.stdout.write(f"{4 * 2**stage} {segmenter.model.alignments[stage].num_groups} {len(rows)} {figures}\n")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *map(int, sys.argv[3:]))
