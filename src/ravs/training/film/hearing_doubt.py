"""How sure hearing may be. On real footage the classifier errs more often than on the library, and as surely.

A mask head that has only met sure logits leaves out whatever is heard wrongly: notes/log.md has the figures.
"""

import math

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from ravs.modeling.matching.mask_head import MaskHead
from ravs.modeling.matching.sound_classifier import SoundClassifier
from ravs.training.film.film_training_settings import FilmTrainingSettings

NOISE = (0.0, 0.5, 1.0, 1.5)  # standard deviations on logits in training, one for each second


def center(logits: Float[Tensor, "*batch outputs"]) -> Float[Tensor, "*batch outputs"]:
    """Logits less their mean: division then keeps what is likelier than most."""
    return logits - logits.mean(-1, keepdim=True)


def doubtful_logits(
    logits: Float[Tensor, "seconds outputs"], generator: np.random.Generator, settings: FilmTrainingSettings
) -> Float[Tensor, "seconds outputs"]:
    """Centered logits of a training batch with noise, divided by a number for each second."""
    low, high = settings.least_divisor, settings.largest_divisor
    divisors = np.exp(generator.uniform(math.log(low), math.log(high), (len(logits), 1)))
    noise = generator.choice(NOISE, (len(logits), 1)) * generator.standard_normal(logits.shape)
    return (center(logits) + torch.from_numpy(noise.astype(np.float32))) / torch.from_numpy(divisors.astype(np.float32))


@torch.no_grad()
def divide_logits(classifier: SoundClassifier, divisor: float) -> None:
    """Change a classifier so that its logits are divided."""
    for parameter in classifier.parameters():
        parameter.div_(divisor)


@torch.no_grad()
def shift_mask(head: MaskHead, shift: float) -> None:
    """Change a mask head so that its logit is larger by a constant: its threshold, put where 0.5 is."""
    assert head.classify.bias is not None
    head.classify.bias.add_(shift)
