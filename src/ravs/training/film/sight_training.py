"""Trains what is in view, and applies it to frames of things that it never had."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from ravs.config.labels import IGNORE_INDEX
from ravs.modeling.matching.sight_net import SightNet
from ravs.training.film.block_files import Block, write_tensors
from ravs.training.film.film_training_settings import FilmTrainingSettings
from ravs.training.film.frame_blocks import FrameRows, stack_maps
from ravs.training.film.one_cycle import Progress, train_part

MAX_NORM = 1.0


def class_table(names: Sequence[str], classes: Sequence[str]) -> np.ndarray:
    """The class of each value of an instance map: 0 for other classes and nothing, 255 stays."""
    table = np.zeros(256, np.int64)
    table[IGNORE_INDEX] = IGNORE_INDEX
    for value, name in enumerate(names, start=1):
        table[value] = classes.index(name) + 1 if name in classes else 0
    return table


def in_view_mask(frames: FrameRows, index: int, classes: Sequence[str]) -> Tensor:
    """The class of everything in view of a frame, at stride 4."""
    names = [one.class_name for one in frames.objects[index]]
    return torch.from_numpy(class_table(names, classes)[frames.instances(index)])


def train_sight(
    net: SightNet,
    pools: Sequence[FrameRows],
    classes: Sequence[str],
    steps: int,
    settings: FilmTrainingSettings,
    progress: Progress | None = None,
) -> None:
    """Train in place; each step draws its batch from the next pool."""
    generator = np.random.default_rng(settings.seed)

    def loss(step: int) -> Tensor:
        frames = pools[step % len(pools)]
        batch = generator.choice(len(frames), min(settings.sight_batch, len(frames)), replace=False).tolist()
        in_view = torch.stack([in_view_mask(frames, index, classes) for index in batch])
        return net.in_view_loss(stack_maps((frames, index) for index in batch), in_view)

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        rates = {"rate": settings.sight_rate, "decay": settings.sight_decay, "max_norm": MAX_NORM}
        train_part(net, loss, steps=steps, progress=progress, **rates)


@torch.no_grad()
def write_views(net: SightNet, frames: FrameRows, blocks: Sequence[Block], batch: int) -> None:
    """Keep the logits of what is in view of all frames, in float16."""
    for block in blocks:
        batches = [block.rows[first : first + batch] for first in range(0, len(block.rows), batch)]
        logits = [net(stack_maps((frames, index) for index in rows)) for rows in batches]
        write_tensors(block.path, {"view": torch.cat(logits).half()}, [None] * len(block.rows))
