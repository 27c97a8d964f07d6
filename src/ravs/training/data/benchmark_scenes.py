"""The composed benchmark's scenes to train on: found, opened, and compared with what is written of them."""

import json
from pathlib import Path

from ravs.config.recipe import ComposedDataRecipe, Recipe
from ravs.data.composition.scene_pool import ScenePool
from ravs.data.library.library import Library
from ravs.errors import InputError
from ravs.files import hash_lines


def find_benchmark_scenes(recipe: Recipe, wanted: ComposedDataRecipe, benchmark: Path) -> Path:
    """The pool of the benchmark's scenes. Raises: InputError where there is none that is whole, or it would change."""
    if recipe.task == "tagging":
        raise InputError("task is 'tagging', which hears mixtures of the library and no scenes: leave --data out")
    if not (benchmark / "benchmark.json").is_file():
        raise InputError(
            f"{benchmark} holds no whole benchmark (benchmark.json is missing): `ravs compose --preset benchmark "
            f"{benchmark} --library LIBRARY` makes it; without --data the recipe composes scenes of its own"
        )
    if wanted.renewed and not wanted.takes:
        raise InputError(
            f"data.renewed is {wanted.renewed:g}, and the benchmark's scenes are the same in every epoch: set it to 0"
        )
    return benchmark / "train"


def open_benchmark_scenes(stream: Path, part: Library, data: ComposedDataRecipe) -> ScenePool:
    """The scenes, with the library's parts. Raises: InputError where they are not what recipe and benchmark say."""
    try:
        pool = ScenePool.build(
            stream, part, count=data.scenes, side=data.size, seed=data.seed, shares=data.shares, jobs=1
        )
    except InputError as error:
        raise InputError(
            f"{error}, or train with the library, classes and data.scenes, size, seed, shares and held_out that this "
            "benchmark was made from (recipes/ravs/benchmark.yaml)"
        ) from None
    written = json.loads((stream.parent / "benchmark.json").read_text(encoding="utf-8"))["hashes"]["train_scenes"]
    if hash_of_scenes(pool) != written:
        raise InputError(f"{stream} holds other scenes than benchmark.json beside it names: compose it anew")
    return pool


def hash_of_scenes(pool: ScenePool) -> str:
    """As the benchmark's is recorded."""
    return hash_lines(scene.as_json() for scene in pool.scenes)
