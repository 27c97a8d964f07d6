"""What eq. 11 adds to the mask logits m: python scripts/uncertainty_gain.py MODEL LIBRARY CLIPS.

Binary J, over all pixels of val clips (CLIPS of each subset, seed 1), of the adjusted prediction and of m alone, at a
threshold of 0.5 and at the best of 99; and the share of pixels that eq. 11 gives another label. If both are equal at
their best thresholds, dividing by the uncertainty mostly moves the threshold. (m was trained through eq. 11; for models
trained without the second head see the tables.)
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
    """Probability that a pixel sounds: 1 - P(background). Seconds, height, width at the size of the ground truth."""
    return F.interpolate(1 - logits.softmax(dim=1)[:, :1], (SIZE, SIZE), mode="bilinear")[:, 0]


def counts(probability: Tensor, truth: Tensor) -> Tensor:
    """Intersection and union of pixels above each threshold with the ground truth: 2, thresholds."""
    marked = probability.flatten() > THRESHOLDS[:, None]
    sounds = truth.flatten()
    return torch.stack([(marked & sounds).sum(dim=1), (marked | sounds).sum(dim=1)])


def measure(segmenter: Segmenter, root: Path, clips: int) -> tuple[Tensor, Tensor, int, int]:
    """Counts of the adjusted prediction and of m alone, number of pixels with another label, and of all pixels."""
    config = segmenter.processor.config
    data = open_library(root, config.classes, split="val", clips=clips, seeds=(1,), size=SIZE)
    outputs: list[tuple[Tensor, Tensor]] = []
    segmenter.model.register_forward_hook(
        lambda model, inputs, output: outputs.append((output.adjusted_logits[0], output.logits[0]))
    )
    adjusted, unadjusted = torch.zeros(2, 2, len(THRESHOLDS), dtype=torch.int64)
    changed = pixels = 0
    for clip in (data.read(entry) for entry in data.entries):
        for first, window in clip.windows(config.clip_seconds):
            predict_probabilities(segmenter.model, segmenter.processor, window)
            truth = torch.from_numpy(clip.masks[first : first + len(window)])
            probabilities = [sounding(logits[: len(window)].float())[truth != IGNORE_INDEX] for logits in outputs.pop()]
            adjusted += counts(probabilities[0], truth[truth != IGNORE_INDEX] > 0)
            unadjusted += counts(probabilities[1], truth[truth != IGNORE_INDEX] > 0)
            changed += int(((probabilities[0] > 0.5) != (probabilities[1] > 0.5)).sum())
            pixels += len(probabilities[0])
    return adjusted, unadjusted, changed, pixels


def main(model: str, root: Path, clips: int) -> None:
    """Print two lines of J, and one of changed labels."""
    adjusted, unadjusted, changed, pixels = measure(load(model), root, clips)
    for name, (intersection, union) in (("adjusted", adjusted), ("m alone", unadjusted)):
        curve = intersection / union.clamp(min=1)
        best = int(curve.argmax())
        sys.stdout.write(
            f"{name}: J {curve[MIDDLE]:.4f} at 0.50, {curve[best]:.4f} at the best, {THRESHOLDS[best]:.2f}\n"
        )
    sys.stdout.write(f"another label: {changed / pixels:.3%} of {pixels:,} pixels\n")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
