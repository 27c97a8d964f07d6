"""A pool of scenes on disk, rendered once, by several processes, for many epochs of training."""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from ravs.data.composition.placement import draw_scene
from ravs.data.composition.render import render
from ravs.data.composition.scene import LABELLED_TIMES_S, SECONDS, SUBSETS, Scene
from ravs.data.composition.workers import map_with_library
from ravs.data.library.library import Library
from ravs.errors import InputError
from ravs.files import write_atomic
from ravs.parallel import ProgressFunction

SCENES_PER_SHARD = 100  # in a folder of the pool
SUBSET_SHARES = {"ss": 0.3, "ms": 0.3, "msmi": 0.3, "negative": 0.1}


@dataclass(frozen=True, kw_only=True)
class PoolSettings:
    """What decides a pool's scenes; written to pool.json, so that a pool of other settings is refused."""

    count: int
    side: int
    seed: int
    shares: dict[str, float]
    classes: list[str]
    parts: str  # fingerprint of the library's parts

    def shard_of(self, number: int) -> range:
        """The scenes of a shard."""
        return range(number * SCENES_PER_SHARD, min((number + 1) * SCENES_PER_SHARD, self.count))

    @property
    def shards(self) -> range:
        """Numbers of the shards."""
        return range(-(-self.count // SCENES_PER_SHARD))


class ScenePool:
    """Scenes with their labelled frames and instance maps, memory-mapped."""

    def __init__(self, folder: Path, library: Library, settings: PoolSettings) -> None:
        """Open a complete pool. Use `build`, which renders missing shards."""
        self.folder = folder
        self.library = library
        self.settings = settings
        self.generations = [0] * len(settings.shards)
        self._open()

    @classmethod
    def build(
        cls,
        folder: str | Path,
        library: Library,
        *,
        count: int,
        side: int = 128,
        seed: int = 1,
        shares: Mapping[str, float] = SUBSET_SHARES,
        jobs: int = 1,
        progress: ProgressFunction | None = None,
    ) -> "ScenePool":
        """Open the pool in a folder, after rendering missing shards.

        Args:
            folder: of the pool.
            library: parts of one split.
            count: number of scenes.
            side: of the frames, in pixels.
            seed: decides the scenes, independent of the number of processes.
            shares: relative frequency of each subset.
            jobs: number of processes.
            progress: called with scenes done and total scenes.

        Raises: InputError if the folder holds a pool of other settings.
        """
        settings = PoolSettings(
            count=count,
            side=side,
            seed=seed,
            shares=dict(shares),
            classes=list(library.classes),
            parts=library.fingerprint,
        )
        folder = Path(folder)
        _claim_folder(folder, settings)
        missing = [(number, 0) for number in settings.shards if not _shard_folder(folder, number, 0).exists()]
        _make_shards(folder, library, settings, missing, jobs, progress)
        return cls(folder, library, settings)

    def renew(self, epoch: int, fraction: float, jobs: int = 1, progress: ProgressFunction | None = None) -> None:
        """Set the pool to an epoch: before each but the first, a fraction of the shards is replaced by new scenes.

        The seed and the epoch alone decide which shards and which scenes, so that a resumed run sees the scenes of an
        uninterrupted one. Arrays returned before keep their content.
        """
        self.generations = shard_generations(self.settings, epoch, fraction)
        wanted = [pair for pair in enumerate(self.generations) if not _shard_folder(self.folder, *pair).exists()]
        _make_shards(self.folder, self.library, self.settings, wanted, jobs, progress)
        self._open()

    def __len__(self) -> int:
        """Number of scenes."""
        return len(self.scenes)

    def frames_and_instances(
        self, index: int
    ) -> tuple[UInt8[np.ndarray, "seconds side side 3"], UInt8[np.ndarray, "seconds side side"]]:
        """Labelled frames and instance maps of a scene, read-only."""
        shard, offset = divmod(index, SCENES_PER_SHARD)
        return self._frames[shard][offset], self._instances[shard][offset]

    def _open(self) -> None:
        folders = [_shard_folder(self.folder, *pair) for pair in enumerate(self.generations)]
        texts = [(folder / "scenes.jsonl").read_text(encoding="utf-8") for folder in folders]
        self.scenes = [Scene.from_json(line) for text in texts for line in text.splitlines()]
        self._frames = [np.load(folder / "frames.npy", mmap_mode="r") for folder in folders]
        self._instances = [np.load(folder / "instances.npy", mmap_mode="r") for folder in folders]


def _claim_folder(folder: Path, settings: PoolSettings) -> None:
    """Write the settings of a new pool, or check that the pool in the folder has the same ones."""
    path, wanted = folder / "pool.json", json.loads(json.dumps(settings.__dict__))
    if path.exists():
        found = json.loads(path.read_text(encoding="utf-8"))
        different = [
            f"{key} ({found.get(key)}, not {value})" if isinstance(value, int) else key
            for key, value in wanted.items()
            if found.get(key) != value
        ]
        if different:
            raise InputError(f"{folder} holds a pool with another {' and '.join(different)}: name another folder")
    else:
        write_atomic(path, json.dumps(wanted))


def _shard_folder(folder: Path, number: int, generation: int) -> Path:
    return folder / f"shard-{number:04d}-{generation:04d}"


def shard_generations(settings: PoolSettings, epoch: int, fraction: float) -> list[int]:
    """The epoch in which each shard of an epoch's pool was rendered; 0 for the initial ones."""
    generations = np.zeros(len(settings.shards), np.int64)
    count = min(len(generations), round(fraction * len(generations)))
    for current in range(1, epoch + 1):
        generations[np.random.default_rng([settings.seed, current]).permutation(len(generations))[:count]] = current
    return [int(epoch) for epoch in generations]


def _make_shards(
    folder: Path,
    library: Library,
    settings: PoolSettings,
    wanted: list[tuple[int, int]],
    jobs: int,
    progress: ProgressFunction | None,
) -> None:
    """Render shards (number, generation), in this process or several."""
    done = settings.count - sum(len(settings.shard_of(number)) for number, _ in wanted)
    for size in map_with_library(partial(_make_shard, folder, settings), library, wanted, jobs):
        done += size
        if progress:
            progress(done, settings.count)


def _make_shard(folder: Path, settings: PoolSettings, library: Library, shard: tuple[int, int]) -> int:
    """Render one shard, atomically. Returns: its number of scenes."""
    number, generation = shard
    scenes = [_draw_pool_scene(library, settings, index, generation) for index in settings.shard_of(number)]
    side = settings.side
    frames = np.empty((len(scenes), SECONDS, side, side, 3), np.uint8)
    instances = np.empty((len(scenes), SECONDS, side, side), np.uint8)
    for i, scene in enumerate(scenes):
        for second, (frame, instance_map) in enumerate(render(scene, library, side, LABELLED_TIMES_S)):
            frames[i, second], instances[i, second] = frame, instance_map
    target = _shard_folder(folder, number, generation)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        temporary.mkdir(parents=True)
        np.save(temporary / "frames.npy", frames)
        np.save(temporary / "instances.npy", instances)
        (temporary / "scenes.jsonl").write_text("".join(scene.as_json() + "\n" for scene in scenes), encoding="utf-8")
        temporary.replace(target)
    except OSError:  # perhaps because another run has rendered the same shard meanwhile
        if not target.is_dir():
            raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return len(scenes)


def _draw_pool_scene(library: Library, settings: PoolSettings, index: int, generation: int) -> Scene:
    """Draw one scene of the pool, of a random subset."""
    generator = np.random.default_rng([settings.seed, index, generation])
    names = [name for name in SUBSETS if settings.shares.get(name)]
    shares = np.array([settings.shares[name] for name in names])
    subset = str(generator.choice(names, p=shares / shares.sum()))
    return draw_scene(subset, library, generator)
