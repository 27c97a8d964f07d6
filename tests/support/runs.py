"""Small runs of the debug model on the miniature library."""

from ravs.config.recipe import ComposedDataRecipe, OptimizerRecipe, Recipe

CLASSES = ("bell", "horn", "drum", "whistle")
MODEL = {"classes": CLASSES, "audio_directions": 8}
DATA = ComposedDataRecipe(scenes=8, size=32, seconds=2, validation_clips=2, validation_size=32, held_out=None)


def recipe(task: str = "segmentation", *, steps: int = 2, data: ComposedDataRecipe = DATA, **more: object) -> Recipe:
    training = OptimizerRecipe(steps=steps, batch_size=2, evaluate_every=2, warmup_steps=1, workers=0)
    return Recipe(task=task, preset="ravs-debug", model=MODEL, data=data, training=training, **more)
