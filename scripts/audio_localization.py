"""How well ears tell what sounds and from where: python scripts/audio_localization.py RECIPE RUN LIBRARY.

On the val mixtures that the recipe, of step 1, is validated on, which have no pictures. By number of sources in a
second: the mean error of their places, in widths of the picture, and the share of those told to a twentieth of it. As
many places are taken as there are sources, the most likely first, a tenth of the width apart; a source's error is the
distance to the nearest of them. Seconds in which two of a class sound are left out, but where these lie so near each
other that their directions do not tell them apart: then they count as one, in the middle. Then how often the likeliest
class is the right one, of single sources.
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
from ravs.modeling.weights import load_strict
from ravs.training.data.composed_collator import ComposedCollator
from ravs.training.data.from_library import open_clips
from ravs.training.initialize import build_model, module_state

APART = 0.1  # of the picture's width, at least, between two places


def places_of(share: Tensor, count: int) -> Tensor:
    """The likeliest places of `count` sources from the probability of each direction, finer than a direction."""
    directions = len(share)
    centres = (torch.arange(directions) + 0.5) / directions
    left, found = share.clone(), []
    for _ in range(count):
        best = int(left.argmax())
        around = slice(max(best - 1, 0), best + 2)
        found.append((share[around] * centres[around]).sum() / share[around].sum())
        left[(centres - centres[best]).abs() <= APART] = -1
    return torch.stack(found)


def sources_of(sounding: Tensor, directions: Tensor) -> tuple[Tensor, Tensor] | None:
    """Classes and places of what sounds in a second; None where a place is not known, or a class has two places."""
    classes = sounding.nonzero().flatten()
    weights = directions[classes]
    told = [weight.nonzero().flatten() for weight in weights]  # one source lies between two neighbouring directions
    if not told or any(not len(found) or found[-1] - found[0] > 1 for found in told):
        return None
    centres = (torch.arange(weights.shape[1]) + 0.5) / weights.shape[1]
    return classes, weights @ centres


@torch.inference_mode()
def listen(recipe: Recipe, run: Path, library: Path) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Of each second what the ears say and the truth: tags by direction and class, what sounds, and from where."""
    model = build_model(recipe).eval()
    ears = model.audio_encoder
    load_strict(ears, module_state(read_model_weights(run), "audio_encoder"), str(run))
    with tempfile.TemporaryDirectory() as cache:
        _, mixtures = open_clips(recipe, library, Path(cache))
        collate = ComposedCollator(model.config, tagging_only=True, seconds=5, spoiled=False)
        for batch in DataLoader(mixtures, batch_size=16, collate_fn=collate):
            heard = ears.tag(ears(batch["audio_features"].flatten(0, 1)))
            yield from zip(heard, batch["sounding"].flatten(0, 1), batch["directions"].flatten(0, 1), strict=True)


def main(recipe_path: Path, run: Path, library: Path) -> None:
    """Prints a row for each number of sources."""
    errors, right = defaultdict(list), []
    for tags, sounding, directions in listen(read_recipe(recipe_path), run, library):
        if (sources := sources_of(sounding, directions)) is None:
            continue
        classes, places = sources
        told = places_of(tags.logsumexp(dim=1).softmax(dim=0), len(classes))
        errors[len(classes)] += (places[:, None] - told).abs().amin(dim=1).tolist()
        if len(classes) == 1:
            right.append(int(tags.logsumexp(dim=0).argmax()) == int(classes[0]))
    for count, found in sorted(errors.items()):
        error = torch.tensor(found)
        within = (error < 0.05).float().mean()
        sys.stdout.write(f"{count} at once: mean error {error.mean():.4f}, within 0.05 {within:.3f}\n")
    sys.stdout.write(f"class right, of {len(right)} single sources: {sum(right) / max(len(right), 1):.3f}\n")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
