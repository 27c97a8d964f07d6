"""Training scenes of the composed benchmark: found, opened, and compared with the benchmark's record."""

import json
from pathlib import Path

from ravs.config.recipe import ComposedDataRecipe, Recipe
from ravs.data.composition.scene_pool import ScenePool
from ravs.data.library.library import Library
from ravs.errors import InputError
from ravs.files import hash_lines


def find_benchmark_scenes(recipe: Recipe, data: ComposedDataRecipe, benchmark: Path) -> Path:
    """The pool of the benchmark's scenes. Raises: InputError if it is incomplete, or the recipe would renew scenes."""
    if recipe.task == "tagging":
        raise InputError(
            "task is 'tagging', which trains on audio mixtures of the library and on no scenes: leave --data out"
        )
    if not (benchmark / "benchmark.json").is_file():
        raise InputError(
            f"{benchmark} holds no complete benchmark (benchmark.json is missing): `ravs compose --preset benchmark "
            f"{benchmark} --library LIBRARY` makes it; without --data the recipe composes scenes of its own"
        )
    if data.renewed and not data.takes:
        raise InputError(
            f"data.renewed is {data.renewed:g}, and the benchmark's scenes are the same in every epoch: set it to 0"
        )
    return benchmark / "train"


def open_benchmark_scenes(scenes: Path, part: Library, data: ComposedDataRecipe) -> ScenePool:
    """The scenes, with the library's parts. Raises: InputError if they differ from the recipe or the benchmark."""
    try:
        pool = ScenePool.build(
            scenes, part, count=data.scenes, side=data.size, seed=data.seed, shares=data.shares, jobs=1
        )
    except InputError as error:
        raise InputError(
            f"{error}, or train with the library, classes and data.scenes, size, seed, shares and held_out that this "
            "benchmark was made from (ravs train benchmark)"
        ) from None
    recorded = json.loads((scenes.parent / "benchmark.json").read_text(encoding="utf-8"))["hashes"]["train_scenes"]
    if hash_of_scenes(pool) != recorded:
        raise InputError(f"{scenes} holds other scenes than benchmark.json beside it names: compose it again")
    return pool


def hash_of_scenes(pool: ScenePool) -> str:
    """Hash of a pool's scenes, as benchmark.json records it."""
    return hash_lines(scene.as_json() for scene in pool.scenes)
