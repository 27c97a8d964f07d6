"""Training recipes: one YAML file per setting, with strict keys and documented defaults."""

from ravs.config.recipe.data import ComposedDataRecipe, DatasetRecipe
from ravs.config.recipe.recipe import Recipe, resolve_config
from ravs.config.recipe.training import OptimizerRecipe
from ravs.config.recipe.yaml_file import read_recipe, recipe_from_dict

__all__ = [
    "ComposedDataRecipe",
    "DatasetRecipe",
    "OptimizerRecipe",
    "Recipe",
    "read_recipe",
    "recipe_from_dict",
    "resolve_config",
]
