"""Scripts of recipes/, which are no part of the package, as modules."""

import importlib.util
from pathlib import Path

RECIPES = Path(__file__).parents[2] / "recipes"


def load_script(name):
    """recipes/NAME.py."""
    spec = importlib.util.spec_from_file_location(name, RECIPES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
