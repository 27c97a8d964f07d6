"""Trains the head that matches what is in view with what is heard, on what was found out of fold."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from ravs.config.labels import IGNORE_INDEX
from ravs.modeling.matching.mask_head import MaskHead
from ravs.modeling.matching.sight_net import dice_losses
from ravs.modeling.matching.sound_classifier import Heard
from ravs.modeling.shapes import Masks
from ravs.training.film.block_files import BlockRows
from ravs.training.film.film_training_settings import FilmTrainingSettings
from ravs.training.film.frame_blocks import FrameRows, stack_maps
from ravs.training.film.hearing_doubt import doubtful_logits
from ravs.training.film.one_cycle import Progress, train_part
from ravs.training.film.sounding_draw import SecondsByClasses, Sounding, draw_sounding

MAX_NORM = 1.0
EMPTY_WEIGHT = 0.3  # of the Dice loss of a frame in which nothing sounds


@dataclass(frozen=True)
class MatchingData:
    """Frames of all folds with what was seen in them out of fold, and seconds with what was heard in them."""

    frames: Sequence[FrameRows]  # of each fold
    views: Sequence[BlockRows]  # logits of the frames
    logits: Float[Tensor, "seconds outputs"]
    seconds: SecondsByClasses
    classes: tuple[str, ...]
    directions: int


def mask_loss(logits: Float[Tensor, "frames 1 map_height map_width"], masks: Masks) -> Float[Tensor, ""]:
    """Cross-entropy plus Dice of "sounds", at the size of the masks: 1 sounds, 0 does not, 255 is ignored."""
    larger = F.interpolate(logits, masks.shape[-2:], mode="bilinear")[:, 0]
    counted, truth = (masks != IGNORE_INDEX).float(), (masks == 1).float()
    losses = F.binary_cross_entropy_with_logits(larger, truth, reduction="none")
    weights = torch.where(truth.flatten(1).any(1), 1.0, EMPTY_WEIGHT)
    dice = dice_losses(larger.sigmoid(), masks)
    return (losses * counted).sum() / counted.sum().clamp(min=1) + (dice * weights).mean()


def sounding_mask(instances: np.ndarray, objects: Sequence[int]) -> Tensor:
    """1 where one of these objects is, 255 where what is seen is of unknown class, else 0."""
    table = np.zeros(256, np.int64)
    table[IGNORE_INDEX] = IGNORE_INDEX
    table[[place + 1 for place in objects]] = 1
    return torch.from_numpy(table[instances])


def train_mask_head(
    head: MaskHead, data: MatchingData, settings: FilmTrainingSettings, progress: Progress | None = None
) -> None:
    """Train in place."""
    generator = np.random.default_rng(settings.seed)

    def loss(step: int) -> Tensor:
        picks = [_draw_frame_index(data, generator) for _ in range(settings.mask_batch)]
        drawn = [_draw_sounding(data, fold, index, generator, settings) for fold, index in picks]
        logits = doubtful_logits(data.logits[[one.second for one in drawn]], generator, settings)
        return _batch_loss(head, data, picks, drawn, logits)

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        rates = {"rate": settings.mask_rate, "decay": settings.mask_decay, "max_norm": MAX_NORM}
        train_part(head, loss, steps=settings.mask_steps, progress=progress, **rates)


def _draw_frame_index(data: MatchingData, generator: np.random.Generator) -> tuple[int, int]:
    """A fold and a frame of it."""
    fold = int(generator.integers(len(data.frames)))
    return fold, int(generator.integers(len(data.frames[fold])))


def _draw_sounding(
    data: MatchingData, fold: int, index: int, generator: np.random.Generator, settings: FilmTrainingSettings
) -> Sounding:
    frames = data.frames[fold]
    in_view = frames.classes_in_view(index, data.classes, settings.least_share)
    return draw_sounding(in_view, frames.objects[index], data.seconds, data.directions, generator, settings)


def _batch_loss(
    head: MaskHead,
    data: MatchingData,
    picks: Sequence[tuple[int, int]],
    drawn: Sequence[Sounding],
    logits: Float[Tensor, "seconds outputs"],
) -> Tensor:
    """The loss of these frames with what sounds in them, and the logits of what is heard."""
    maps = stack_maps((data.frames[fold], index) for fold, index in picks)
    view = torch.stack([data.views[fold].row("view", index) for fold, index in picks]).float()
    heard = Heard(
        logits,
        torch.from_numpy(np.stack([one.panorama for one in drawn])),
        torch.tensor([float(one.has_directions) for one in drawn]),
    )
    masks = [
        sounding_mask(data.frames[fold].instances(index), one.objects)
        for (fold, index), one in zip(picks, drawn, strict=True)
    ]
    return mask_loss(head(maps, view, heard)[0], torch.stack(masks))
