"""Recipes are found by name, or by path relative to the file that names them."""

import re

import pytest

from ravs.config.recipe import read_recipe
from ravs.config.recipe.find_recipe import RECIPES, find_recipe, is_table, package_recipes
from ravs.errors import InputError
from ravs.experiments.table import FOLDER, read_table


def test_names_of_recipes_and_tables_are_unique():
    files = list(RECIPES.rglob("*.yaml"))
    assert len({path.stem for path in files}) == len(files) > len(package_recipes()) > 40


def test_a_name_is_the_packages_recipe_wherever_one_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find_recipe("s4") == RECIPES / "ravs" / "s4.yaml"
    assert find_recipe("tiny-hear", beside=tmp_path) == RECIPES / "tiny" / "tiny-hear.yaml"


def test_a_file_comes_before_a_name_and_is_relative_to_the_one_that_names_it(tmp_path):
    (tmp_path / "s4").write_text("preset: ravs-debug\n")
    assert find_recipe("s4", beside=tmp_path) == tmp_path / "s4"
    assert find_recipe("more/own.yaml", beside=tmp_path) == tmp_path / "more" / "own.yaml"


def test_a_recipe_of_ones_own_may_be_based_on_one_of_the_package(tmp_path):
    (tmp_path / "mine.yaml").write_text("base: debug\ntraining: {steps: 3}\n")
    mine, debug = read_recipe(tmp_path / "mine.yaml"), read_recipe("debug")
    assert (mine.preset, mine.training.steps) == (debug.preset, 3)


def test_a_table_of_ones_own_may_have_settings_of_the_package(tmp_path):
    (tmp_path / "mine.yaml").write_text("title: Mine\nsetting: {S4: s4}\nprepare: {hear: tiny-hear}\nrows: {RAVS: }\n")
    table = read_table(tmp_path / "mine.yaml")
    assert table.settings == {"S4": RECIPES / "ravs" / "s4.yaml"}
    assert table.prepare == {"hear": RECIPES / "tiny" / "tiny-hear.yaml"}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("ms33", "ms33: no recipe has this name, and no file; did you mean ms3"),
        ("qqqq", "qqqq: no recipe has this name, and no file; recipes of the package are avsegformer-avss, "),
        ("choices", "choices is a table of experiments, no recipe: ravs experiment choices"),
    ],
)
def test_an_unknown_name_says_what_there_is(name, message):
    with pytest.raises(InputError, match=re.escape(message)):
        find_recipe(name)


def test_tables_of_experiments_are_no_recipes():
    assert {path.stem for path in FOLDER.glob("*.yaml") if is_table(path)}.isdisjoint(package_recipes())
