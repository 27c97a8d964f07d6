"""Seconds of audio: drawn, heard by the frozen audio encoder, and kept as its vectors."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ravs.data.composition.film.film_second import DEFAULT, FilmSecond, draw_second
from ravs.data.composition.film.sound_material import SoundMaterial
from ravs.data.composition.roles import pick
from ravs.modeling.encoders.audio.front_ends import front_end
from ravs.training.film.block_files import Block, BlockRows, one_thread, write_tensors
from ravs.training.film.film_sources import FilmSources, open_material, open_start
from ravs.training.film.frame_blocks import FrameRows

BATCH = 16

Sources = tuple[tuple[str, str], ...]  # class and path of each recording in a second


class SecondRequest(NamedTuple):
    """What a second shall be: of some classes (None: drawn), or a clean one of one original of one class."""

    classes: tuple[str, ...] | None = None
    original: str | None = None


@dataclass(frozen=True)
class SecondWork:
    """Writes a block of seconds; `stream` keeps the random numbers of several lists of requests apart."""

    sources: FilmSources
    requests: tuple[SecondRequest, ...]
    seed: int
    stream: int

    def __call__(self, block: Block) -> None:
        """Second i is drawn from (seed, stream, i), whatever the blocks are."""
        material = open_material(self.sources)
        seconds = [
            draw_requested(self.requests[index], material, np.random.default_rng([self.seed, self.stream, index]))
            for index in block.rows
        ]
        with one_thread():
            vectors = self._vectors([second.waveform for second in seconds])
        write_tensors(block.path, {"vectors": vectors}, [second.sources for second in seconds])

    @torch.no_grad()
    def _vectors(self, waveforms: list[np.ndarray]) -> Tensor:
        """The audio encoder's tokens without the panorama: of mono, which is in the middle, it says nothing."""
        model = open_start(self.sources.start)
        transform = front_end(model.config.audio_encoder)
        batches = torch.from_numpy(np.stack(waveforms)).unsqueeze(1).split(BATCH)
        tokens = torch.cat([model.audio_encoder(transform(batch)) for batch in batches])[:, 0]
        return tokens[:, : tokens.shape[1] - model.num_directions]


def draw_requested(request: SecondRequest, material: SoundMaterial, generator: np.random.Generator) -> FilmSecond:
    """A second as requested."""
    if request.original is None or request.classes is None:
        return draw_second(material, generator, request.classes)
    path = pick(material.recordings[request.classes[0]][request.original], generator)
    return FilmSecond(material.second(path, generator, DEFAULT), ((request.classes[0], path),))


def clean_requests(material: SoundMaterial, each: int) -> tuple[SecondRequest, ...]:
    """So many seconds of each original of each class."""
    originals = [(name, original) for name, groups in material.recordings.items() for original in groups]
    return tuple(SecondRequest((name,), original) for name, original in originals for _ in range(each))


def pair_requests(
    frames: FrameRows, classes: Sequence[str], material: SoundMaterial, most: int
) -> tuple[SecondRequest, ...]:
    """Seconds of each two classes that are in view together: one, and one more for every second frame, up to `most`."""
    counts: Counter[tuple[str, ...]] = Counter()
    for objects in frames.objects:
        names = {one.class_name for one in objects} & set(classes) & set(material.recordings)
        counts.update(combinations(sorted(names), 2))
    return tuple(SecondRequest(pair) for pair in sorted(counts) for _ in range(min(most, 1 + counts[pair] // 2)))


class Seconds(NamedTuple):
    """Vectors of seconds, and the recordings in each."""

    vectors: Tensor  # seconds, channels: all of a token but the panorama
    sources: list[Sources]

    def heard(self) -> list[tuple[str, ...]]:
        """The classes that are heard in each second, sorted."""
        return [tuple(sorted({name for name, _ in found})) for found in self.sources]


def read_seconds(blocks: Sequence[Block]) -> Seconds:
    """The seconds of some blocks, in order."""
    rows = BlockRows([block.path for block in blocks])
    return Seconds(rows.all_rows("vectors"), [tuple((name, path) for name, path in facts) for facts in rows.facts])
