"""Names of files: a run that an earlier version began must be found by a later one."""

from ravs.training.run_folder import names


def test_files_of_a_run_keep_their_names():
    of_the_run = [names.RECIPE, names.RUN, names.LOG, names.UNREADABLE, names.WEIGHTS, names.METRICS]
    assert of_the_run == "recipe.json run.json log.jsonl unreadable.jsonl model.safetensors figures.json".split()
    assert [names.VALIDATION_IMAGES, names.WRITING, names.CACHE] == ["strips", ".writing", "pool"]
    assert [names.MANIFEST, names.EMA_WEIGHTS] == ["files.json", "average.safetensors"]
