"""Finds the modules that annotate shapes, by their text: nothing is imported."""

import re
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src"
IMPORT = re.compile(r"^ *from ([\w.]+) import (\([^)]*\)|.+)$", re.MULTILINE)
ALIAS = re.compile(r"^(\w+)(?:: \w+)? = (.+)$", re.MULTILINE)


def module_name(path: Path) -> str:
    """Name of the module that this file of the package is."""
    return ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")


def shape_names(text: str, known: dict[str, set[str]]) -> set[str]:
    """Names in a module that stand for shapes: those of jaxtyping, aliases of them, and aliases that it imports."""
    names: set[str] = set()
    for module, imported in IMPORT.findall(text):
        words = set(re.findall(r"\w+", imported))
        names |= words if module == "jaxtyping" else words & known.get(module, set())
    for alias, value in ALIAS.findall(text) if names else ():
        if names.intersection(re.findall(r"\w+", value)):
            names.add(alias)
    return names


def shaped_modules() -> list[str]:
    """Modules of the package that have such names, also where an alias comes from one module by way of another."""
    texts = {module_name(path): path.read_text(encoding="utf-8") for path in sorted(SOURCE.rglob("*.py"))}
    known: dict[str, set[str]] = {}
    while (found := {name: shape_names(text, known) for name, text in texts.items()}) != known:
        known = found
    return [name for name, names in known.items() if names]
