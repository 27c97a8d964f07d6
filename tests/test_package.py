"""The package: which way imports point, what modules are called, and what every public function owes its reader."""

import ast
import importlib
import inspect
import pkgutil
import re
from collections import Counter
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

import ravs
from ravs import modeling

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "ravs"
MODULES = sorted(path.relative_to(SOURCE) for path in SOURCE.rglob("*.py") if path.name != "__init__.py")
PLAIN_WORDS = {"base", "factory", "job", "grouping"}  # each its folder's; alignment.grouping is public
# terms of the field that end in -ing
TERMS = {"checkpointing", "grouping", "merging", "encoding", "mapping", "matching", "modeling", "scoring", "training"}


def modules_of_the_methods():
    """Every module of modeling, by name."""
    for _, name, _ in pkgutil.walk_packages(modeling.__path__, "ravs.modeling."):
        yield name


def public_functions(module):
    """Public functions and methods that this module itself defines."""
    for name, member in vars(module).items():
        if name.startswith("_") or getattr(member, "__module__", None) != module.__name__:
            continue
        if inspect.isfunction(member):
            yield member
        elif inspect.isclass(member):
            methods = {**vars(member)}
            yield from (one for key, one in methods.items() if inspect.isfunction(one) and not key.startswith("_"))


def test_every_import_points_down_the_layers(monkeypatch):
    monkeypatch.chdir(ROOT)
    assert lint_imports(no_cache=True, no_logo=True) == 0


def test_no_module_imports_from_the_package_root():
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module == "ravs":
                pytest.fail(f"{path.name} imports {node.names[0].name} from the package root")


@pytest.mark.parametrize("name", sorted(modules_of_the_methods()))
def test_public_functions_of_the_method_are_annotated_and_say_what_they_do(name):
    for function in public_functions(importlib.import_module(name)):
        signature = inspect.signature(function)
        named = [one for key, one in signature.parameters.items() if key not in ("self", "cls")]
        assert all(one.annotation is not inspect.Parameter.empty for one in named), function.__qualname__
        assert signature.return_annotation is not inspect.Signature.empty, function.__qualname__
        assert function.__doc__, function.__qualname__


def test_every_module_says_in_its_first_line_what_it_is_for():
    silent = [path.name for path in SOURCE.rglob("*.py") if not ast.get_docstring(ast.parse(path.read_text()))]
    assert silent == []
    assert ravs.__doc__


def test_no_two_modules_share_a_name():
    names = Counter(path.stem for path in MODULES if path.parts[0] != "cli")  # there a file is named after its verb
    assert {name for name, count in names.items() if count > 1} <= PLAIN_WORDS


def test_no_module_or_folder_is_named_after_an_action():
    names = {part for path in MODULES for part in path.with_suffix("").parts}  # of folders, too
    assert {name for name in names if name.endswith("ing") and name.split("_")[-1] not in TERMS} == set()


def test_the_package_has_about_twelve_folders():
    assert len({path.parts[0] for path in MODULES} | {"__init__.py"}) <= 22


def paths_on(page):
    """Files and folders in backticks, below src/ravs or from the repository's root; NAME stands for any."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return {path for path in re.findall(r"`([\w/.]+)`", text) if path.endswith((".py", "/")) and "NAME" not in path}


@pytest.mark.parametrize("page", ["docs/architecture.md", "CONTRIBUTING.md"])
def test_every_file_and_folder_that_the_pages_name_exists(page):
    missing = [path for path in paths_on(page) if not (SOURCE / path).exists() and not (ROOT / path).exists()]
    assert missing == []


def test_every_folder_has_a_line_in_the_architecture():
    folders = {f"{path.parent.as_posix()}/" for path in MODULES if path.parent.name}
    assert folders - paths_on("docs/architecture.md") <= {"data/"}  # its parts have theirs
