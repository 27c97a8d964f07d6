"""Training recipes: one YAML file a setting, strict, with every default written where it can be read."""

from ravs.recipe.building import recipe_of
from ravs.recipe.data import DataRecipe
from ravs.recipe.reading import read_recipe
from ravs.recipe.sets import SetRecipe
from ravs.recipe.training import OptimiserRecipe
from ravs.recipe.whole import Recipe

__all__ = ["DataRecipe", "OptimiserRecipe", "Recipe", "SetRecipe", "read_recipe", "recipe_of"]
