"""The record of a run, and when a folder is refused."""

import json

import pytest

from ravs.config.recipe import Recipe
from ravs.errors import InputError
from ravs.training.run_folder.names import RECIPE, RUN
from ravs.training.run_folder.record import check_same_recipe, write_record


@pytest.mark.parametrize("other", [{"sha256": "b"}, {"manifest_sha256": "b"}])
def test_other_data_are_refused_by_each_hash_that_both_have(tmp_path, other):
    data = {"sha256": "a", "manifest_sha256": "a"}
    write_record(tmp_path, Recipe(), data)
    write_record(tmp_path, Recipe(), {"sha256": "a", "folder": "moved"})
    with pytest.raises(InputError, match="holds a run on other data"):
        write_record(tmp_path, Recipe(), data | other)


def test_a_preset_that_changed_makes_another_model_and_a_key_that_came_later_does_not(tmp_path):
    recipe = Recipe(preset="ravs-debug")
    write_record(tmp_path, recipe, {})
    check_same_recipe(tmp_path, recipe)
    made = json.loads((tmp_path / RUN).read_text())
    del made["model"]["model.audio_tokens"]  # as if written before there was this key
    (tmp_path / RUN).write_text(json.dumps(made))
    check_same_recipe(tmp_path, recipe)
    made["model"]["model.remap"] = "plain"  # as if the preset had been so
    (tmp_path / RUN).write_text(json.dumps(made))
    with pytest.raises(InputError, match=r"run of another recipe \(model.remap plain, not gated\)"):
        check_same_recipe(tmp_path, recipe)
    del made["model"]  # a record of a version that did not write it
    (tmp_path / RUN).write_text(json.dumps(made))
    check_same_recipe(tmp_path, recipe)


@pytest.mark.parametrize("content", ["", '{"versions": {', "[1]", "{}"])
def test_a_damaged_record_is_reported_and_nothing_resumes_from_it(content, tmp_path):
    write_record(tmp_path, Recipe(), {"sha256": "a"})
    (tmp_path / RUN).write_text(content)
    with pytest.raises(InputError, match=r"run\.json is damaged .*start again with --no-resume"):
        check_same_recipe(tmp_path, Recipe())
    with pytest.raises(InputError, match=r"run\.json is damaged"):
        write_record(tmp_path, Recipe(), {"sha256": "a"})


def test_a_record_that_a_kill_cut_off_between_its_two_files_is_written_again(tmp_path):
    write_record(tmp_path, Recipe(), {"sha256": "a"})
    (tmp_path / RECIPE).unlink()
    other = Recipe(preset="ravs-debug")
    write_record(tmp_path, other, {"sha256": "b"})
    assert json.loads((tmp_path / RUN).read_text())["data"] == {"sha256": "b"}
    check_same_recipe(tmp_path, other)
