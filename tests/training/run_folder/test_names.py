"""Names of files: a run that an earlier version began must be found by a later one."""

from ravs.training.run_folder import names


def test_files_of_a_run_keep_their_names():
    assert [names.RECIPE, names.RUN, names.LOG] == ["recipe.json", "run.json", "log.jsonl"]
    assert [names.METRICS, names.WEIGHTS] == ["figures.json", "model.safetensors"]
    assert [names.UNREADABLE, names.VALIDATION_IMAGES] == ["unreadable.jsonl", "strips"]
    assert [names.WRITING, names.CACHE] == [".writing", "pool"]
    assert [names.MANIFEST, names.EMA_WEIGHTS] == ["files.json", "average.safetensors"]
