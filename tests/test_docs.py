"""README, PAPER.md, CONTRIBUTING.md and docs: links resolve, every page is linked, commands and recipes are right."""

import re
import shlex
from importlib import import_module
from pathlib import Path

import pytest
import typer

import ravs
from ravs.cli.verbs import VERBS
from ravs.config.recipe.find_recipe import find_recipe
from ravs.experiments.table import path_of

ROOT = Path(__file__).parent.parent
PAGES = [
    ROOT / "README.md",
    ROOT / "PAPER.md",
    *(ROOT / f"{name}.md" for name in ("CONTRIBUTING", "CHANGELOG", "SECURITY")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
NAMES = [path.relative_to(ROOT).as_posix() for path in PAGES]
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)#?([^)\s]*)\)")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CALL = re.compile(r"(?:\$ |(?:torchrun|accelerate) .*-m )?ravs (.*)")
OPTION = re.compile(r"--?[a-z][a-z-]*")


def links_of(page):
    return [
        ((page.parent / file).resolve() if file else page, anchor) for file, anchor in LINK.findall(page.read_text())
    ]


def anchors_of(page):
    heads = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}


def commands_of(page):
    """The words of each line of a block that calls ravs, without its remark."""
    blocks = (text for language, text in BLOCK.findall(page.read_text()) if language in ("", "console"))
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    return [shlex.split(found[1], comments=True) for line in lines if (found := CALL.match(line))]


def options_of(words):
    """What the verb that the words begin with, or its action, takes."""
    verb, *rest = words if words[0] in VERBS else ["segment", *words]
    found = getattr(import_module(f"ravs.cli.{verb}"), verb)
    if isinstance(found, typer.Typer):
        command = typer.main.get_command(found).commands[rest[0]]
    else:
        app = typer.Typer(add_completion=False)
        app.command(verb)(found)
        command = typer.main.get_command(app)
    return {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_links_lead_somewhere(page):
    for file, anchor in links_of(page):
        assert file.exists(), file
        assert not anchor or anchor in anchors_of(file), (file, anchor)


def test_every_page_is_linked():
    linked = {file for page in PAGES for file, _ in links_of(page) if file != page}
    assert not set(PAGES[1:]) - linked


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_rows_of_a_table_have_as_many_cells_as_its_head(page):
    columns = None
    for number, line in enumerate(page.read_text().splitlines(), start=1):
        cells = re.sub(r"`[^`]*`", "", line).replace(r"\|", "").count("|") if line.startswith("|") else None
        assert None in (cells, columns) or cells == columns, f"line {number}"
        columns = cells


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_commands_take_the_options_that_they_are_given(page):
    for words in commands_of(page):
        known = options_of(words)
        used = {word.partition("=")[0] for word in words if OPTION.match(word)}
        assert used <= known, f"ravs {' '.join(words)}: {used - known}"


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_recipes_and_tables_that_are_trained_exist(page):
    for verb, name in re.findall(r"\bravs (train|experiment) ([a-z][\w-]*)", page.read_text()):
        found = find_recipe(name) if verb == "train" else path_of(name, on_sets=name == "table-1")
        assert found.is_file(), name


def test_the_page_on_the_public_interface_has_every_public_name():
    text = (ROOT / "docs" / "api.md").read_text()
    described = set(re.findall(r"^\.\. auto(?:function|class|exception):: ravs\.(\w+)$", text, re.MULTILINE))
    assert described == set(ravs.__all__) - {"__version__"}
