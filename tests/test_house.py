"""The house: which way imports point, and what every public function of the method owes its reader."""

import ast
import importlib
import inspect
import pkgutil
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

import ravs
from ravs import modeling

SOURCE = Path(__file__).parent.parent / "src" / "ravs"


def rooms_of_the_method():
    """Every module of the method, by name."""
    for _, name, _ in pkgutil.walk_packages(modeling.__path__, "ravs.modeling."):
        yield name


def public_functions(room):
    """Public functions and methods that this module itself defines."""
    for name, member in vars(room).items():
        if name.startswith("_") or getattr(member, "__module__", None) != room.__name__:
            continue
        if inspect.isfunction(member):
            yield member
        elif inspect.isclass(member):
            methods = {**vars(member)}
            yield from (one for key, one in methods.items() if inspect.isfunction(one) and not key.startswith("_"))


def test_every_import_points_down_the_house(monkeypatch):
    monkeypatch.chdir(SOURCE.parent.parent)
    assert lint_imports(no_cache=True, no_logo=True) == 0


def test_nobody_inside_looks_through_the_front_door():
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module == "ravs":
                pytest.fail(f"{path.name} imports {node.names[0].name} from the package root")


@pytest.mark.parametrize("name", sorted(rooms_of_the_method()))
def test_public_functions_of_the_method_are_annotated_and_say_what_they_do(name):
    for function in public_functions(importlib.import_module(name)):
        signature = inspect.signature(function)
        named = [one for key, one in signature.parameters.items() if key not in ("self", "cls")]
        assert all(one.annotation is not inspect.Parameter.empty for one in named), function.__qualname__
        assert signature.return_annotation is not inspect.Signature.empty, function.__qualname__
        assert function.__doc__, function.__qualname__


def test_every_room_says_in_its_first_line_what_it_is_for():
    silent = [path.name for path in SOURCE.rglob("*.py") if not ast.get_docstring(ast.parse(path.read_text()))]
    assert silent == []
    assert ravs.__doc__
