"""Names of files: a run that an earlier version began must be found by a later one."""

from ravs.training.run_folder import names


def test_files_of_a_run_keep_their_names():
    assert (names.RECIPE, names.RUN, names.LOG, names.METRICS) == (
        *("recipe.json", "run.json", "log.jsonl", "figures.json"),
    )
    assert (names.UNREADABLE, names.VALIDATION_IMAGES, names.WEIGHTS) == (
        *("unreadable.jsonl", "strips", "model.safetensors"),
    )
    assert (names.WRITING, names.CACHE, names.MANIFEST, names.EMA_WEIGHTS) == (
        *(".writing", "pool", "files.json", "average.safetensors"),
    )
