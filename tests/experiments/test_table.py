import re

import pytest
import yaml

from ravs.config.recipe import ComposedDataRecipe, OptimizerRecipe, Recipe, resolve_config
from ravs.config.recipe.find_recipe import is_table
from ravs.errors import InputError
from ravs.experiments import experiment_run as run
from ravs.experiments.experiment_run import ExperimentRun, RunLabel, model_values, non_default_values, runs_of
from ravs.experiments.table import FOLDER, path_of, read_table

PROJECTS = sorted(path for path in FOLDER.glob("*.yaml") if is_table(path))
SETTING = {"preset": "ravs-debug", "model": {"image_size": 32}, "training": {"steps": 3}}


def write(folder, **changes):
    table = {
        "title": "A title",
        "setting": "setting.yaml",
        "seeds": [0, 1],
        "paper": ["MS3"],
        "rows": {"as it is": None, "deeper": {"set": {"model": {"alignment_layers": 3}}, "paper": [64.3]}},
    }
    (folder / "setting.yaml").write_text(yaml.safe_dump(SETTING))
    (folder / "table.yaml").write_text(yaml.safe_dump(table | changes, sort_keys=False))
    return folder / "table.yaml"


def test_a_row_changes_the_setting_and_nothing_else(tmp_path):
    table = read_table(write(tmp_path))
    plain, deeper = (table.recipe(row, 7) for row in table.rows)
    assert plain == Recipe(preset="ravs-debug", model={"image_size": 32}, training=OptimizerRecipe(steps=3, seed=7))
    assert deeper.model == {"image_size": 32, "alignment_layers": 3}
    assert (deeper.data, deeper.training) == (plain.data, plain.training)
    assert table.rows[1].paper == {"": (64.3,)}


def test_runs_have_one_key_for_one_recipe_whatever_the_table_and_the_row_are_called(tmp_path):
    (tmp_path / "other").mkdir()
    one = runs_of(read_table(write(tmp_path)))
    other = runs_of(read_table(write(tmp_path / "other", rows={"the same": {"set": {"model": {"image_size": 32}}}})))
    assert len({one.key for one in one.values()}) == 4
    assert other[RunLabel("the same", 1)].key == one[RunLabel("as it is", 1)].key


def test_a_run_has_another_key_where_it_starts_from_another_run():
    recipe, audio_encoder = Recipe(preset="ravs-debug"), Recipe(preset="ravs-debug", task="tagging")
    other = Recipe(preset="ravs-debug", task="tagging", training=OptimizerRecipe(steps=3))
    assert len({ExperimentRun(recipe, prepared).key for prepared in ((), (audio_encoder,), (other,))}) == 3


def test_a_run_starts_from_those_of_the_prepared_runs_that_its_recipe_names(tmp_path):
    (tmp_path / "one.yaml").write_text("task: tagging\npreset: ravs-debug\n")
    (tmp_path / "two.yaml").write_text("task: tagging\npreset: ravs-debug\ntraining: {steps: 5}\n")
    (tmp_path / "three.yaml").write_text("preset: ravs-debug\ninitial: runs/experiments/two\ntraining: {steps: 7}\n")
    inside = {"set": {"initial": "runs/experiments/two/checkpoint-5"}}
    rows = {"neither": None, "two": {"set": {"audio_weights": "runs/experiments/two"}}, "inside": inside}
    rows["two and three"] = {"set": {"initial": "runs/experiments/three"}}
    prepare = {"one": "one.yaml", "two": "two.yaml", "three": "three.yaml"}
    runs = runs_of(read_table(write(tmp_path, rows=rows, prepare=prepare, seeds=[0])))
    assert runs[RunLabel("neither", 0)].prepared == ()
    assert [recipe.training.steps for row in ("two", "inside") for recipe in runs[RunLabel(row, 0)].prepared] == [5, 5]
    assert [recipe.training.steps for recipe in runs[RunLabel("two and three", 0)].prepared] == [5, 7]


def test_a_key_follows_from_what_differs_from_the_defaults_alone():
    recipe = Recipe(preset="ravs-debug", data=ComposedDataRecipe(size=96), training=OptimizerRecipe(seed=2))
    assert non_default_values(recipe) == {"preset": "ravs-debug", "data": {"size": 96}, "training": {"seed": 2}}


def test_results_stay_where_they_are_whatever_is_added_later(monkeypatch):
    recipe = Recipe(preset="ravs-debug", training=OptimizerRecipe(seed=2))
    key = ExperimentRun(recipe).key
    # If this fails because a configuration has a new key: name it in `LATER_KEYS`. If a default or ravs-debug changed,
    # the runs changed, too: write the new key here.
    assert key == "32800d6e69af"
    monkeypatch.setattr("transformers.configuration_utils.__version__", "9.9.9")
    assert resolve_config(recipe).to_diff_dict()["transformers_version"] == "9.9.9"
    assert ExperimentRun(recipe).key == key


def test_a_key_that_came_later_counts_where_it_is_not_at_its_default(monkeypatch):
    plain, nearest = (Recipe(preset="ravs-debug", model=model) for model in ({}, {"group_labels": "nearest"}))
    before = model_values(resolve_config(plain))
    monkeypatch.setattr(run, "LATER_KEYS", ("group_labels",))
    assert before.keys() - model_values(resolve_config(plain)).keys() == {"group_labels"}
    assert model_values(resolve_config(nearest))["group_labels"] == "nearest"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sedes": [1]}, "unknown key 'sedes'"),
        ({"rows": {"a": {"sets": {}}}}, "unknown key 'sets' in row 'a'"),
        ({"rows": {"a": {"paper": [1, 2]}}}, "row 'a' has 2 figures of the paper for 1 columns"),
        ({"rows": {"a": {"paper": 64.3}}}, "paper in row 'a' is 64.3; it must be a list of figures"),
        ({"rows": {"a": {"set": "deeper"}}}, "set in row 'a' is 'deeper'; it must be keys with values"),
        ({"rows": ["a", "b"]}, "rows is .*it must be rows by their names"),
        ({"rows": None}, "rows is missing; a table needs title, setting, rows"),
        ({"setting": None}, "setting is missing"),
        ({"seeds": 3}, "seeds is 3; it must be a list of whole numbers"),
        ({"seeds": [0, "one"]}, "seeds are .*'one'.*whole numbers from 0 on"),
        ({"seeds": [1, 1]}, "seeds are .*give different whole numbers"),
        ({"seeds": []}, "seeds are "),
        ({"paper": "MS3"}, "paper is 'MS3'; it must be a list of columns"),
        ({"prepare": "hear.yaml"}, "prepare is 'hear.yaml'; it must be names with recipes"),
        ({"setting": ["a", "b"]}, "setting is .*it must be the name of a recipe, .*or columns with recipes"),
        ({"setting": {"S4": 3}}, "setting has 'S4': 3; give columns with names of recipes"),
        ({"setting": {"S4": "setting.yaml"}, "rows": {"a": {"paper": [1]}}}, "column '' in row 'a' .*columns are S4"),
        ({"rows": {"a": {"setting": {"S4": "s.yaml"}}}}, "column 'S4' in row 'a' is none .*one setting"),
        ({"rows": {"a": {"paper": {"": [1, 2]}}}}, "row 'a' has 2 figures of the paper for 1 columns"),
        ({"rows": {"a": {"published": "yes"}}}, "published in row 'a' is 'yes'; it must be true or false"),
        ({"question": 5}, "question is 5; it must be words"),
        ({"rows": {"a": {"paper": ["64,3"]}}}, "a figure of the paper in row 'a' is '64,3'; it must be a number"),
    ],
)
def test_a_table_that_is_wrong_says_where(tmp_path, changes, words):
    with pytest.raises(InputError, match=words):
        read_table(write(tmp_path, **changes))


def test_a_file_that_is_no_table_is_one_line(tmp_path):
    (tmp_path / "table.yaml").write_text("title: [a\nrows: b")
    with pytest.raises(InputError, match="not a YAML file") as error:
        read_table(tmp_path / "table.yaml")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("rate", [1e-5, 3e-4, 2, 1.5e10])
def test_numbers_of_a_row_arrive_as_they_are(tmp_path, rate):
    rows = {"a": {"set": {"training": {"learning_rate": rate}, "model": {"classes": ["dog", "no", "3: a"]}}}}
    rows["a"]["set"]["data"] = {"held_out": None, "shares": {"ss": 0.25, "ms": 0.75}}
    table = read_table(write(tmp_path, rows=rows))
    recipe = table.recipe(table.rows[0], 0)
    assert recipe.training.learning_rate == rate and recipe.data.held_out is None
    assert recipe.model["classes"] == ["dog", "no", "3: a"] and recipe.data.shares == {"ss": 0.25, "ms": 0.75}


@pytest.mark.parametrize(
    ("mistake", "words"),
    [
        ({"training": {"step": 3}}, r"unknown key training\.step in ROW; did you mean training\.steps"),
        ({"trainin": {"steps": 3}}, r"unknown key trainin in ROW; did you mean training"),
        ({"model": {"num_group": [3]}}, r"ROW: .*num_group.*did you mean 'num_groups'"),
        ({"training": {"steps": "many"}}, r"ROW: training\.steps is 'many'; it must be a whole number"),
        ({"training": {"steps": 3, "epochs": 3}}, r"ROW: training\.steps is 3 and training\.epochs 3"),
        ({"model": "deep"}, r"ROW: model is 'deep'"),
    ],
)
def test_a_mistake_in_a_row_is_blamed_on_the_table_and_the_row_whatever_is_set_besides(tmp_path, mistake, words):
    path = write(tmp_path, rows={"a": None, "deep": {"set": mistake}})
    for changes in ((), ("training.seed=4", "model.alignment_layers=1")):
        with pytest.raises(InputError) as error:
            runs_of(read_table(path, changes=changes))
        assert re.match(words.replace("ROW", re.escape(f"{path}, row 'deep'")), str(error.value)), error.value
        assert "--set" not in str(error.value)


@pytest.mark.parametrize(
    ("mistake", "words"),
    [
        ("training.step=3", r"unknown key training\.step in --set training\.step=3; did you mean training\.steps"),
        ("model.num_group=[3]", r"--set model\.num_group=\[3\]: .*did you mean 'num_groups'"),
        ("training.steps=many", r"--set training\.steps=many: training\.steps is 'many'; it must be a whole number"),
        ("training.steps", r"--set training\.steps: write KEY=VALUE"),
    ],
)
def test_a_mistake_in_set_is_blamed_on_set(tmp_path, mistake, words):
    path = write(tmp_path, rows={"a": {"set": {"training": {"steps": 5}}}})
    with pytest.raises(InputError) as error:
        runs_of(read_table(path, changes=("training.seed=4", mistake)))
    assert re.match(words, str(error.value)) and "row" not in str(error.value)


def test_a_mistake_in_the_setting_is_blamed_on_the_setting(tmp_path):
    path = write(tmp_path, rows={"a": {"set": {"training": {"seed": 5}}}})
    misspelled, wrong = {"training": {"step": 3}}, {"task": 5}
    for values, words in ((misspelled, "unknown key training.step in {}"), (wrong, "{}: task is 5")):
        (tmp_path / "setting.yaml").write_text(yaml.safe_dump(values))
        with pytest.raises(InputError) as error:
            runs_of(read_table(path))
        assert str(error.value).startswith(words.format(tmp_path / "setting.yaml"))


def test_set_beats_a_row_and_a_row_beats_the_published_section_and_that_the_file(tmp_path):
    published = {"training": {"batch_size": 2, "log_every": 2, "workers": 2}}
    (tmp_path / "own.yaml").write_text(
        yaml.safe_dump(SETTING | {"training": {"batch_size": 1, "log_every": 1, "workers": 1}, "published": published})
    )
    rows = {"a": {"setting": "own.yaml", "published": True, "set": {"training": {"log_every": 3, "workers": 3}}}}
    ((_, run),) = runs_of(read_table(write(tmp_path, rows=rows, seeds=[9]), changes=["training.workers=4"])).items()
    training = run.recipe.training
    assert (training.batch_size, training.log_every, training.workers, training.seed) == (2, 3, 4, 9)


def test_a_row_has_a_run_in_each_column_by_the_tables_recipes_or_its_own(tmp_path):
    for name, steps in (("s4", 4), ("ms3", 3), ("own", 5)):
        (tmp_path / f"{name}.yaml").write_text(f"preset: ravs-debug\ntraining: {{steps: {steps}}}\n")
    rows = {"a": {"paper": {"S4": [1, 2]}}, "b": {"setting": {"S4": "own.yaml"}}}
    columns = {"S4": "s4.yaml", "MS3": "ms3.yaml"}
    table = read_table(write(tmp_path, setting=columns, rows=rows, seeds=[0], paper=["J", "F"]))
    steps = {tuple(place): one.recipe.training.steps for place, one in runs_of(table).items()}
    assert steps == {("a", 0, "S4"): 4, ("b", 0, "S4"): 5, ("a", 0, "MS3"): 3, ("b", 0, "MS3"): 3}
    assert table.rows[0].paper == {"S4": (1, 2)}


def test_with_data_sets_a_name_is_that_of_the_tables_version_on_them():
    assert path_of("table-2", on_sets=True).name == "table-2-vpo.yaml"
    assert path_of("table-3", on_sets=True).name == path_of("table-3-avsbench", on_sets=True).name
    assert path_of("table-3", on_sets=False).name == "table-3.yaml"
    with pytest.raises(InputError, match=r"table-5: no table .*sets are table-1-avsbench, table-2-vpo, "):
        path_of("table-5", on_sets=True)
    with pytest.raises(InputError, match="table-1: this table exists for data sets alone; give --data"):
        path_of("table-1", on_sets=False)


@pytest.mark.parametrize("name", ["table-5", "mine.yaml"])
def test_an_unknown_table_names_those_there_are(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"tables are choices, .*mono, schedule, table-2, table-2-aisfx, table-3"):
        read_table(name)


@pytest.mark.parametrize("path", PROJECTS, ids=lambda path: path.stem)
def test_the_projects_tables_are_complete_and_each_row_builds_a_configuration(path):
    table = read_table(path)
    assert all(one.key for one in runs_of(table).values())
    assert all((path.parent / file.name).is_file() for file in table.prepare.values())
