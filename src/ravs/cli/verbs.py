"""The verbs of `ravs` in two groups, and the application that parses them."""

import os
from collections.abc import Iterable
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from ravs.errors import InputError, suggest
from ravs.version import VERSION

GROUPS = {
    "Commands": ("segment", "demo", "batch", "render", "info", "classes", "models", "doctor", "events"),
    "Commands for research": (
        *("train", "evaluate", "compose", "convert", "benchmark", "score", "compare"),
        *("datasets", "analyze", "visualize", "experiment", "library"),
    ),
}  # modules of ravs.cli
VERBS = tuple(verb for verbs in GROUPS.values() for verb in verbs)
HELP_WIDTH = 100  # columns at most
COMPLETION_OPTIONS = ("--install-completion", "--show-completion")
SOURCE_MARKS = "./\\*?[@:-"  # in a name of a file, a pattern, a list, an address, an option
ROOT_OPTIONS = ("-h", "--help", "--version", *COMPLETION_OPTIONS)


class VerbGroup(TyperGroup):
    """Verbs in their groups, each with the whole first sentence of its help."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Writes one section for each group."""
        groups = GROUPS if ctx.parent is None else {"Commands": tuple(self.commands)}
        width = max(map(len, self.commands))
        for title, names in groups.items():
            with formatter.section(title):
                formatter.write_dl(
                    [(name.ljust(width), self.commands[name].get_short_help_str(1000)) for name in names]
                )


def application(verbs: Iterable[str]) -> typer.Typer:
    """A parser of these verbs, which imports their modules only: a verb pays for its own imports."""
    app = typer.Typer(
        cls=VerbGroup,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": HELP_WIDTH},
    )
    app.callback(invoke_without_command=True)(root_options)
    for verb in verbs:
        found = getattr(import_module(f"ravs.cli.{verb}"), verb)
        if isinstance(found, typer.Typer):  # a verb with subcommands
            app.add_typer(found, name=verb, cls=VerbGroup)
        else:
            app.command(verb)(found)
    return app


def root_options(
    version: Annotated[bool, typer.Option("--version", help="Show the version.", is_eager=True)] = False,
) -> None:
    """Segments the sounding objects of a video, and reports where it is uncertain.

    `ravs clip.mp4` is `ravs segment clip.mp4`; `ravs VERB --help` describes a verb.
    """
    if version:
        typer.echo(f"ravs {VERSION}")
        raise typer.Exit


def reject_unknown_verb(word: str) -> None:
    """Raises: InputError for a first word that names neither a verb nor anything that could be a source."""
    if not word or os.path.exists(word) or any(mark in word for mark in SOURCE_MARKS):  # noqa: PTH110 - of any bytes
        return
    users, research = (", ".join(GROUPS[group]) for group in ("Commands", "Commands for research"))
    hint = suggest(word, (*VERBS, *ROOT_OPTIONS), f"commands are {users} and, for research, {research}.")
    raise InputError(f"no such command {word!r}, and no file or folder of that name: {hint}")
