"""Where recipes and tables of experiments lie: those of the package by name, others by path."""

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

from ravs.errors import InputError

RECIPES = Path(__file__).parents[2] / "recipes"  # data of the package


def find_recipe(name: str | Path, beside: Path = Path()) -> Path:
    """The file of a recipe.

    Args:
        name: a YAML file, or the name of one of the package's recipes, such as "s4".
        beside: the folder to which the path of a file is relative.

    Raises: InputError for a name that is neither, with the nearest ones.
    """
    path = beside / name
    if path.is_file() or path.suffix or len(Path(name).parts) > 1:
        return path  # where there is none, its reader says so
    recipes = package_recipes()
    if str(name) in recipes:
        return recipes[str(name)]
    if (RECIPES / "experiments" / f"{name}.yaml").is_file():
        raise InputError(f"{name} is a table of experiments, no recipe: ravs experiment {name}")
    raise InputError(f"{name}: no recipe has this name, and no file; {_hint(str(name), recipes)}")


def package_recipes() -> dict[str, Path]:
    """The recipes that come with the package, by name: all but tables of experiments."""
    return {path.stem: path for path in sorted(RECIPES.rglob("*.yaml")) if not is_table(path)}


def is_table(path: Path) -> bool:
    """Whether a YAML file is a table of experiments, which has rows."""
    return any(line.startswith("rows:") for line in path.read_text(encoding="utf-8").splitlines())


def _hint(name: str, names: Iterable[str]) -> str:
    near = get_close_matches(name, names, n=3)
    return f"did you mean {' or '.join(near)}?" if near else f"recipes of the package are {', '.join(names)}"
