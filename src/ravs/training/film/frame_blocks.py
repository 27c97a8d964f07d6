"""Film-like frames: drawn, seen by the frozen parts of the model, and kept as what these give."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ravs.data.composition.film.film_frame import FilmFrame, draw_frame
from ravs.inference.image_processor import RavsImageProcessor
from ravs.modeling.matching.sight_net import FrozenMaps
from ravs.training.film.block_files import Block, BlockRows, one_thread, write_tensors
from ravs.training.film.film_sources import FilmSources, open_images, open_start

STRIDE = 4  # of the instance maps that are kept
BATCH = 4


class ObjectInView(NamedTuple):
    """A thing in a frame, as much of it as the instance map at stride 4 shows."""

    class_name: str
    share: float  # of the frame
    x: float  # center, from 0 (left) to 1; meaningless if the share is 0


@dataclass(frozen=True)
class FrameWork:
    """Writes a block of frames of one fold (None: of all cut-outs and photographs)."""

    sources: FilmSources
    fold: int | None
    folds: int
    side: int
    seed: int

    def __call__(self, block: Block) -> None:
        """Frame i is drawn from (seed, fold, i), whatever the blocks are."""
        library, photos = open_images(self.sources, self.fold, self.folds, self.seed)
        stream = 0 if self.fold is None else self.fold + 1
        generators = (np.random.default_rng([self.seed, stream, index]) for index in block.rows)
        frames = [draw_frame(library, photos, generator, self.side) for generator in generators]
        with one_thread():
            tensors = self._frozen_maps([frame.image for frame in frames])
        smaller = [frame.instances[STRIDE // 2 :: STRIDE, STRIDE // 2 :: STRIDE] for frame in frames]
        tensors["instances"] = torch.from_numpy(np.stack(smaller))
        facts = [objects_in_view(frame, instances) for frame, instances in zip(frames, smaller, strict=True)]
        write_tensors(block.path, tensors, facts)

    @torch.no_grad()
    def _frozen_maps(self, images: list[np.ndarray]) -> dict[str, Tensor]:
        """What the frozen parts see, in float16, by the names of FrozenMaps."""
        model = open_start(self.sources.start)
        pixels = RavsImageProcessor.of(model.config).normalize_pixels(
            torch.from_numpy(np.stack(images)).movedim(-1, 1).float()
        )
        batches = [model.features(batch) for batch in pixels.split(BATCH)]
        return {
            name: torch.cat(parts).half()
            for name, parts in zip(FrozenMaps._fields, zip(*batches, strict=True), strict=True)
        }


def objects_in_view(frame: FilmFrame, instances: np.ndarray) -> list[ObjectInView]:
    """The things of a frame in the order of its instance map, measured in a smaller map."""
    found = []
    for number, thing in enumerate(frame.objects, start=1):
        columns = np.nonzero(instances == number)[1]
        x = float((columns.mean() + 0.5) / instances.shape[1]) if len(columns) else 0.5
        found.append(ObjectInView(thing.class_name, len(columns) / instances.size, x))
    return found


class FrameRows:
    """Frames that were kept, and what is in view in each."""

    def __init__(self, blocks: list[Block]) -> None:
        self._rows = BlockRows([block.path for block in blocks])
        self.objects = [[ObjectInView(*one) for one in facts] for facts in self._rows.facts]

    def __len__(self) -> int:
        return len(self._rows)

    def instances(self, index: int) -> np.ndarray:
        """The instance map at stride 4."""
        instances: np.ndarray = self._rows.row("instances", index).numpy()
        return instances

    def map_row(self, name: str, index: int) -> Tensor:
        """What the frozen parts see of a frame, by a name of FrozenMaps: channels, height, width; float16."""
        return self._rows.row(name, index)

    def classes_in_view(self, index: int, classes: tuple[str, ...], least_share: float) -> list[str]:
        """Those of the classes that fill more than a share of a frame, in the order of its objects."""
        shares: dict[str, float] = {}
        for one in self.objects[index]:
            if one.class_name in classes:
                shares[one.class_name] = shares.get(one.class_name, 0.0) + one.share
        return [name for name, share in shares.items() if share > least_share]


def stack_maps(frames: Iterable[tuple[FrameRows, int]]) -> FrozenMaps:
    """What the frozen parts see of frames of one or several folds, as one batch of float32."""
    picks = list(frames)
    return FrozenMaps(
        *(torch.stack([rows.map_row(name, index) for rows, index in picks]).float() for name in FrozenMaps._fields)
    )
