"""Training recipes: one YAML file a setting, strict, with every default written where it can be read."""

from ravs.config.recipe.building import recipe_of
from ravs.config.recipe.data import DataRecipe
from ravs.config.recipe.recipe import Recipe
from ravs.config.recipe.sets import SetRecipe
from ravs.config.recipe.training import OptimiserRecipe
from ravs.config.recipe.yaml_file import read_recipe

__all__ = ["DataRecipe", "OptimiserRecipe", "Recipe", "SetRecipe", "read_recipe", "recipe_of"]
