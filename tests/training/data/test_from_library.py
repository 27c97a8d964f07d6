"""Composed clips of a recipe: their pools, the subsets that validate, and what is never trained on."""

from dataclasses import replace

import pytest

from ravs.config.recipe import ComposedDataRecipe, OptimizerRecipe, Recipe, resolve_config
from ravs.errors import InputError
from ravs.modeling.ravs import RavsModel
from ravs.training.data.from_library import library_training_data, open_clips

DATA = ComposedDataRecipe(scenes=4, size=16, seconds=2, validation_clips=1, validation_size=16, held_out=None)


def recipe(**data: object) -> Recipe:
    model = {"classes": ("bell", "horn", "drum", "whistle"), "audio_directions": 8}
    return Recipe(preset="ravs-debug", model=model, data=replace(DATA, **data))


def test_runs_of_other_scenes_share_a_folder_of_pools_and_find_their_own_again(library_root, tmp_path):
    first, validation = open_clips(recipe(), library_root, tmp_path)
    more, same = open_clips(recipe(scenes=5, shares={"ss": 1.0}), library_root, tmp_path)
    again, _ = open_clips(recipe(), library_root, tmp_path)
    assert (len(first), len(more)) == (4, 5)
    assert {scene.subset for scene in more.pool.scenes} == {"ss"}
    assert again.pool.folder == first.pool.folder != more.pool.folder
    assert next(iter(same.values())).dataset.pool.folder == next(iter(validation.values())).dataset.pool.folder


def takes_of(directions, library_root, tmp_path):
    """Where the takes of a recipe for so many directions lie, and how many the first take has."""
    wanted = recipe(takes=1)
    wanted.model["audio_directions"] = directions
    config = resolve_config(wanted)
    data = library_training_data(wanted, config, RavsModel(config), library_root, tmp_path)
    (directions,) = {one[0]["direction"].shape[-1] for one in data.validation.values()}
    folders = {path.name for path in tmp_path.glob("takes-*")}
    return folders, directions, data.training[0]["directions"].shape[-1]


def test_clips_have_as_many_directions_as_the_model_and_takes_are_kept_apart(library_root, tmp_path):
    eight, *counts = takes_of(8, library_root, tmp_path)
    assert counts == [8, 8]
    both, *counts = takes_of(5, library_root, tmp_path)
    assert counts == [5, 5]
    assert len(eight) == 1 and len(both) == 2
    wanted = recipe().model | {"audio_directions": 5}
    training, validation = open_clips(
        replace(recipe(), task="tagging", model=wanted, training=OptimizerRecipe(steps=1)), library_root, tmp_path
    )
    assert {clips[0]["direction"].shape[-1] for clips in (training, validation)} == {5}


def test_a_subset_without_clips_is_not_validated_and_none_is_lost(library_root, tmp_path):
    _, validation = open_clips(recipe(), library_root, tmp_path)
    assert all(len(subset) for subset in validation.values())
    assert sorted(place for subset in validation.values() for place in subset.indices) == [0, 1, 2, 3]


def test_a_list_of_held_out_parts_that_is_not_there_says_what_to_do(library_root, tmp_path):
    with pytest.raises(InputError, match=r"data\.held_out is 'nowhere\.csv'.*or set data\.held_out to its place"):
        open_clips(recipe(held_out="nowhere.csv"), library_root, tmp_path)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_the_recipe_sets_how_often_nothing_in_view_sounds(library_root, tmp_path, share):
    clips, _ = open_clips(recipe(scenes=40, negative=share), library_root, tmp_path)
    silent = [not clips[index]["active"].any() for index in range(len(clips))]
    assert clips.augmentation.negative == share
    assert any(silent) == bool(share)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_the_recipe_sets_how_often_another_class_is_heard_from_off_screen(library_root, tmp_path, share):
    clips, _ = open_clips(recipe(scenes=40, negative=0.0, off_screen=share), library_root, tmp_path)
    for index, scene in enumerate(clips.pool.scenes):
        in_view = {obj.class_index - 1 for obj in scene.objects}
        heard = set(clips[index]["active"].any(axis=0).nonzero()[0].tolist())
        assert bool(heard - in_view) == bool(share and len(in_view) < 4)  # where all are in view, none is outside
