"""How well an audio encoder classifies and localizes sources: python scripts/audio_localization.py RECIPE RUN LIBRARY.

Measured on the val mixtures, which have no frames, of a recipe of step 1. By number of sources in a second: the mean
error of their positions, as a fraction of the frame's width, and the share of errors below a twentieth of it. As many
positions are predicted as there are sources, the most likely first, at least a tenth of the width apart; a source's
error is the distance to the nearest of them. Seconds in which two sources have one class are left out, unless their
directions are too close to distinguish: then they count as one, in the middle. Finally, for single sources, how often
the most likely class is correct.
"""

import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor
from torch.utils.data import DataLoader

from ravs.config.recipe import Recipe, read_recipe
from ravs.modeling.base import read_model_weights
from ravs.modeling.weights import load_strict, module_state
from ravs.training.data.composed_collator import ComposedCollator
from ravs.training.data.from_library import open_clips
from ravs.training.initialize import build_model

MIN_DISTANCE = 0.1  # between two positions, as a fraction of the frame's width


def positions_of(probabilities: Tensor, count: int) -> Tensor:
    """The most likely positions of `count` sources, interpolated between the probabilities of directions."""
    directions = len(probabilities)
    centers = (torch.arange(directions) + 0.5) / directions
    remaining, found = probabilities.clone(), []
    for _ in range(count):
        best = int(remaining.argmax())
        nearby = slice(max(best - 1, 0), best + 2)
        found.append((probabilities[nearby] * centers[nearby]).sum() / probabilities[nearby].sum())
        remaining[(centers - centers[best]).abs() <= MIN_DISTANCE] = -1
    return torch.stack(found)


def sources_of(sounding: Tensor, directions: Tensor) -> tuple[Tensor, Tensor] | None:
    """Classes and positions of the sources in a second; None if a position is unknown or a class has two."""
    classes = sounding.nonzero().flatten()
    weights = directions[classes]
    occupied = [weight.nonzero().flatten() for weight in weights]  # one source lies between two neighboring directions
    if not occupied or any(not len(found) or found[-1] - found[0] > 1 for found in occupied):
        return None
    centers = (torch.arange(weights.shape[1]) + 0.5) / weights.shape[1]
    return classes, weights @ centers


@torch.inference_mode()
def predict(recipe: Recipe, run: Path, library: Path) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Yield for each second the predicted tags, by direction and class, the true classes, and their directions."""
    model = build_model(recipe).eval()
    audio_encoder = model.audio_encoder
    load_strict(audio_encoder, module_state(read_model_weights(run), "audio_encoder"), str(run))
    with tempfile.TemporaryDirectory() as cache:
        _, mixtures = open_clips(recipe, library, Path(cache))
        collate = ComposedCollator(model.config, tagging_only=True, seconds=5, spec_augment=False)
        for batch in DataLoader(mixtures, batch_size=16, collate_fn=collate):
            tags = audio_encoder.tag(audio_encoder(batch["audio_features"].flatten(0, 1)))
            yield from zip(tags, batch["sounding"].flatten(0, 1), batch["directions"].flatten(0, 1), strict=True)


def main(recipe_path: Path, run: Path, library: Path) -> None:
    """Print a row for each number of sources, and the share of correct classes."""
    errors: defaultdict[int, list[float]] = defaultdict(list)
    correct: list[bool] = []
    for tags, sounding, directions in predict(read_recipe(recipe_path), run, library):
        if (sources := sources_of(sounding, directions)) is None:
            continue
        classes, positions = sources
        predicted = positions_of(tags.logsumexp(dim=1).softmax(dim=0), len(classes))
        errors[len(classes)] += (positions[:, None] - predicted).abs().amin(dim=1).tolist()
        if len(classes) == 1:
            correct.append(int(tags.logsumexp(dim=0).argmax()) == int(classes[0]))
    for count, found in sorted(errors.items()):
        error = torch.tensor(found)
        within = (error < 0.05).float().mean()
        sys.stdout.write(f"{count} at once: mean error {error.mean():.4f}, within 0.05 {within:.3f}\n")
    sys.stdout.write(f"class right, of {len(correct)} single sources: {sum(correct) / max(len(correct), 1):.3f}\n")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
