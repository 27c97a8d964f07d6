"""Where clips come from: a library alone, or the benchmark's scenes with the library's recordings."""

import json
from csv import DictReader
from dataclasses import replace

import pytest

from ravs.config.recipe import ComposedDataRecipe, OptimizerRecipe, Recipe, read_recipe, resolve_config
from ravs.data.composition.composed_benchmark import ComposedBenchmark
from ravs.data.composition.scene_pool import SUBSET_SHARES, ScenePool
from ravs.data.library.builder.parts_table import TABLE_FOLDER
from ravs.data.library.library import Library
from ravs.errors import InputError
from ravs.files import hash_lines
from ravs.training import train
from ravs.training.data.benchmark_scenes import find_benchmark_scenes, hash_of_scenes
from ravs.training.data.open_data import LibrarySource, open_data_source

CLASSES = ("bell", "horn", "drum", "whistle")
DATA = ComposedDataRecipe(
    scenes=4, size=16, seconds=2, validation_clips=1, validation_size=16, held_out=None, renewed=0.0, seed=7
)
RECIPE = Recipe(
    preset="ravs-debug",
    model={"classes": CLASSES, "audio_directions": 8},
    data=DATA,
    training=OptimizerRecipe(steps=1, batch_size=2, workers=0, warmup_steps=0),
)


@pytest.fixture
def benchmark(tmp_path, library_root):
    folder = tmp_path / "benchmark"
    part = Library.read(library_root, "train", classes=CLASSES)
    pool = ScenePool.build(folder / "train", part, count=4, side=16, seed=7)
    (folder / "benchmark.json").write_text(json.dumps({"hashes": {"train_scenes": hash_of_scenes(pool)}}))
    return folder


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_run_on_the_benchmark_trains_on_its_scenes_and_names_their_hash(tmp_path, library_root, benchmark):
    train(RECIPE, library=library_root, data=benchmark, out=tmp_path / "runs" / "one")
    scenes = (benchmark / "train" / "shard-0000-0000" / "scenes.jsonl").read_text().splitlines()
    made = json.loads((tmp_path / "runs" / "one" / "run.json").read_text())
    assert made["data"]["scenes_sha256"] == hash_lines(scenes)
    assert not list((tmp_path / "runs" / "pool").glob("scenes-16-7-*"))  # no second copy of them


def test_a_library_alone_gives_scenes_of_the_recipes_own(library_root):
    assert open_data_source(RECIPE, library_root, None) == LibrarySource(library_root)


def test_what_is_no_benchmark_says_how_to_make_one(tmp_path, library_root):
    with pytest.raises(InputError, match=r"holds no complete benchmark .*ravs compose --preset benchmark"):
        open_data_source(RECIPE, library_root, tmp_path)


def test_scenes_that_are_not_those_of_the_benchmark_are_refused(tmp_path, library_root, benchmark):
    (benchmark / "benchmark.json").write_text(json.dumps({"hashes": {"train_scenes": "0" * 64}}))
    with pytest.raises(InputError, match=r"holds other scenes than benchmark\.json beside it names"):
        train(RECIPE, library=library_root, data=benchmark, out=tmp_path / "runs" / "one")


def test_the_benchmarks_scenes_are_not_renewed_and_are_of_no_use_for_tagging(benchmark):
    with pytest.raises(InputError, match=r"data\.renewed is 0\.1, and the benchmark's scenes are the same"):
        find_benchmark_scenes(RECIPE, replace(DATA, renewed=0.1), benchmark)
    assert (
        find_benchmark_scenes(RECIPE, replace(DATA, renewed=0.1, takes=2), benchmark) == benchmark / "train"
    )  # drawn once
    with pytest.raises(InputError, match="trains on audio mixtures of the library and on no scenes: leave --data out"):
        find_benchmark_scenes(replace(RECIPE, task="tagging"), DATA, benchmark)


def test_a_recipe_of_other_scenes_than_the_benchmarks_is_an_error_that_says_which(tmp_path, library_root, benchmark):
    other = replace(RECIPE, data=replace(DATA, scenes=5))
    with pytest.raises(InputError, match=r"holds a pool with another count \(4, not 5\)"):
        train(other, library=library_root, data=benchmark, out=tmp_path / "runs" / "one")


def test_the_benchmarks_recipe_is_about_the_scenes_that_the_preset_makes():
    recipe, preset = read_recipe("benchmark"), ComposedBenchmark()
    data = recipe.data
    assert (data.scenes, data.seed, data.size) == (preset.scenes, preset.train_seed, preset.train_size)
    assert (data.shares, data.renewed) == (SUBSET_SHARES, 0.0)
    with (TABLE_FOLDER / "classes.csv").open() as file:
        assert list(resolve_config(recipe).classes) == [row["class"] for row in DictReader(file) if row["tier"] == "A"]
