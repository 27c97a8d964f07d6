"""A run's folder: who may train into it, what is removed from it, and what is left alone."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from time import sleep

import pytest

from ravs.config.recipe import Recipe
from ravs.errors import InputError
from ravs.file_lock import locked
from ravs.training import train
from ravs.training.run_folder.prepare import clear_run_folder
from support.runs import DATA, recipe


def test_of_two_that_train_into_one_folder_the_second_waits_and_finds_the_run_done(tmp_path, library_root):
    out, lines = tmp_path / "run", []
    train(recipe("tagging"), library=library_root, out=out)
    (out / "figures.json").rename(tmp_path / "figures.json")  # as if it were still at work
    with ThreadPoolExecutor() as pool:
        with locked(tmp_path / ".run.lock"):
            second = pool.submit(train, recipe("tagging"), library=library_root, out=out, report=lines.append)
            while not lines:
                sleep(0.01)
            assert "another process trains into it" in lines[0] and not second.done()
            (tmp_path / "figures.json").rename(out / "figures.json")
        assert second.result() == json.loads((out / "figures.json").read_text())
    assert len(lines) == 2 and "is done" in lines[1]


def test_a_folder_with_a_run_of_another_recipe_is_refused(tmp_path, library_root):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "recipe.json").write_text("{}")
    with pytest.raises(
        InputError, match=r"holds a run of another recipe \(data.*scenes 2400, not 8.*choose another --out"
    ):
        train(recipe(), library=library_root, out=tmp_path / "run")


def test_a_recipe_that_fails_leaves_no_run_behind(tmp_path, library_root):
    wrong = Recipe(preset="ravs-debug", model={"decoder_widht": 8}, data=DATA)
    with pytest.raises(InputError, match="did you mean 'decoder_width'"):
        train(wrong, library=library_root, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_batch_that_cannot_be_had_is_refused_before_an_earlier_run_is_removed(tmp_path, library_root):
    train(recipe("tagging"), library=library_root, out=tmp_path / "run")
    before = sorted(path.name for path in (tmp_path / "run").iterdir())
    few = replace(recipe(), training=replace(recipe().training, batch_size=500))
    with pytest.raises(InputError, match="batch_size is 500, and there are 8 to train on"):
        train(few, library=library_root, out=tmp_path / "run", resume=False)
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == before


def test_a_run_may_be_made_in_the_folder_that_one_stands_in(tmp_path, library_root, monkeypatch):
    (tmp_path / "run").mkdir()
    monkeypatch.chdir(tmp_path / "run")
    assert train(recipe("tagging"), library=library_root, out=Path())
    assert (tmp_path / "pool").is_dir() and not (tmp_path / "run" / "pool").exists()


@pytest.mark.parametrize("resume", [True, False])
def test_checkpoints_of_another_program_are_neither_removed_nor_resumed_from(resume, tmp_path, library_root):
    (tmp_path / "run" / "checkpoint-500").mkdir(parents=True)
    (tmp_path / "run" / "checkpoint-500" / "trainer_state.json").write_text('{"global_step": 500, "max_steps": 900}')
    with pytest.raises(InputError, match="run holds checkpoint-500 of an unknown run: choose another --out"):
        train(recipe("tagging"), library=library_root, out=tmp_path / "run", resume=resume)
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["checkpoint-500"]


@pytest.mark.parametrize("resume", [True, False])
def test_weights_and_metrics_of_no_run_are_neither_taken_for_one_nor_replaced(resume, tmp_path, library_root):
    (tmp_path / "run").mkdir()
    for name in ("figures.json", "model.safetensors"):
        (tmp_path / "run" / name).write_text("{}")
    with pytest.raises(InputError, match=r"run holds figures\.json of an unknown run"):
        train(recipe("tagging"), library=library_root, out=tmp_path / "run", resume=resume)
    assert (tmp_path / "run" / "model.safetensors").read_text() == "{}"


def test_a_file_in_place_of_the_runs_folder_is_reported(tmp_path, library_root):
    (tmp_path / "run").write_text("mine")
    with pytest.raises(InputError, match="run is a file; name a folder for the run"):
        train(recipe(), library=library_root, out=tmp_path / "run")


def test_starting_again_leaves_nothing_of_the_run_and_all_that_is_not_of_it(tmp_path):
    (tmp_path / "checkpoint-8").mkdir()
    for name in ("log.jsonl", "run.json", "recipe.json", "notes.txt"):
        (tmp_path / name).write_text("{}\n")
    clear_run_folder(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_starting_again_in_a_folder_that_is_not_a_run_leaves_it_alone(tmp_path):
    (tmp_path / "strips").mkdir()
    (tmp_path / "log.jsonl").write_text("mine")
    (tmp_path / "run.json").write_text("{}")
    (tmp_path / "checkpoint-500").mkdir()  # of another program that writes transformers' checkpoints
    clear_run_folder(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"strips", "log.jsonl", "run.json", "checkpoint-500"}
