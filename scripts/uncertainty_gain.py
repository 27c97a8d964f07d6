"""What eq. 11 adds to m: python scripts/uncertainty_gain.py MODEL LIBRARY CLIPS.

Sounding against not, over all pixels of val clips (CLIPS of each subset, seed 1): J of the adjusted prediction and of m
alone, at a threshold of 0.5 and at the best of 99; and the share of pixels that eq. 11 gives another label. If the best
of both are alike, dividing by the uncertainty mostly moves the threshold. (m was trained through eq. 11: a model
trained without the second head is another one, see the tables.)
"""

import sys
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from ravs.config.labels import IGNORE_INDEX
from ravs.data.datasets.library_dataset import open_library
from ravs.inference.predict import predict_probabilities
from ravs.inference.segmenter import Segmenter, load

THRESHOLDS = torch.arange(1, 100) / 100
MIDDLE = 49  # of them, 0.5
SIZE = 224


def sounding(logits: Tensor) -> Tensor:
    """Probability that a pixel sounds: 1 - P(background). Seconds, height, width at the truth's size."""
    return F.interpolate(1 - logits.softmax(dim=1)[:, :1], (SIZE, SIZE), mode="bilinear")[:, 0]


def counts(share: Tensor, truth: Tensor) -> Tensor:
    """Intersection and union of what lies above each threshold with the truth: 2, thresholds."""
    marked = share.flatten() > THRESHOLDS[:, None]
    there = truth.flatten()
    return torch.stack([(marked & there).sum(dim=1), (marked | there).sum(dim=1)])


def measure(segmenter: Segmenter, root: Path, clips: int) -> tuple[Tensor, Tensor, int, int]:
    """Counts of the adjusted prediction and of m alone, pixels with another label, and pixels."""
    config = segmenter.processor.config
    data = open_library(root, config.classes, split="val", clips=clips, seeds=(1,), size=SIZE)
    outputs: list[tuple[Tensor, Tensor]] = []
    segmenter.model.register_forward_hook(
        lambda model, given, output: outputs.append((output.adjusted_logits[0], output.logits[0]))
    )
    adjusted, alone = torch.zeros(2, 2, len(THRESHOLDS), dtype=torch.int64)
    changed = pixels = 0
    for clip in (data.read(entry) for entry in data.entries):
        for first, window in clip.windows(config.clip_seconds):
            predict_probabilities(segmenter.model, segmenter.processor, window)
            truth = torch.from_numpy(clip.masks[first : first + len(window)])
            shares = [sounding(logits[: len(window)].float())[truth != IGNORE_INDEX] for logits in outputs.pop()]
            adjusted += counts(shares[0], truth[truth != IGNORE_INDEX] > 0)
            alone += counts(shares[1], truth[truth != IGNORE_INDEX] > 0)
            changed += int(((shares[0] > 0.5) != (shares[1] > 0.5)).sum())
            pixels += len(shares[0])
    return adjusted, alone, changed, pixels


def main(model: str, root: Path, clips: int) -> None:
    """Two lines of J, and one of labels."""
    adjusted, alone, changed, pixels = measure(load(model), root, clips)
    for name, (both, either) in (("adjusted", adjusted), ("m alone", alone)):
        curve = both / either.clamp(min=1)
        best = int(curve.argmax())
        sys.stdout.write(
            f"{name}: J {curve[MIDDLE]:.4f} at 0.50, {curve[best]:.4f} at the best, {THRESHOLDS[best]:.2f}\n"
        )
    sys.stdout.write(f"another label: {changed / pixels:.3%} of {pixels:,} pixels\n")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
