"""Names of files: a run that an earlier version began must be found by a later one."""

from ravs.training.run_folder import names


def test_files_of_a_run_keep_their_names():
    found = {key: value for key, value in vars(names).items() if key.isupper() and key != "WEIGHTS_FILE"}
    assert found == {
        "RECIPE": "recipe.json",
        "RUN": "run.json",
        "LOG": "log.jsonl",
        "UNREADABLE": "unreadable.jsonl",
        "STRIPS": "strips",
        "WEIGHTS": "model.safetensors",
        "FIGURES": "figures.json",
        "WRITING": ".writing",
        "POOL": "pool",
        "MANIFEST": "files.json",
        "EMA_WEIGHTS": "average.safetensors",
    }
