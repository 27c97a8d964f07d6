"""The command `ravs`: finds the verb, and turns a user's mistake into one line and an exit code."""

import sys
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from ravs.cli.streams import catch_broken_pipe, replace_unencodable
from ravs.errors import InputError, RavsError
from ravs.version import VERSION

# modules of ravs.cli
VERBS = (
    "segment",
    "info",
    "classes",
    "train",
    "evaluate",
    "compose",
    "convert",
    "benchmark",
    "score",
    "compare",
    "datasets",
    "analyze",
    "visualize",
    "experiment",
    "library",
)
EXIT_INTERRUPTED = 130
EXTRA_OF_MODULE = {
    "cv2": "train",
    "yaml": "train",
    "kornia": "train",
    "accelerate": "train",
    "matplotlib": "plots",
    "timm": "timm",
    "tensorboard": "train",
    "wandb": "wandb",
    "trackio": "trackio",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a verb and returns the exit code. A user's mistake prints one line; with -v, and for bugs, a traceback."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    replace_unencodable()
    try:
        code = run(arguments)
    except KeyboardInterrupt:
        code = EXIT_INTERRUPTED
    except ModuleNotFoundError as error:
        if error.name not in EXTRA_OF_MODULE:
            raise
        extra = EXTRA_OF_MODULE[error.name]
        typer.echo(f"ravs: this needs {error.name}, which is not installed: pip install 'ravs[{extra}]'", err=True)
        code = InputError.exit_code
    except (RavsError, OSError, typer.TyperException) as error:
        if {"-v", "--verbose"} & set(arguments) and not isinstance(error, typer.TyperException):
            raise
        typer.echo(f"ravs: {describe(error)}", err=True)
        code = getattr(error, "exit_code", 1)
    if code == EXIT_INTERRUPTED:
        typer.echo("ravs: interrupted; finished work is kept: run the same command to resume.", err=True)
    return code


def run(arguments: list[str]) -> int:
    """Runs the verb that the arguments name; `ravs clip.mp4` is `ravs segment clip.mp4`."""
    first = arguments[0] if arguments else "--help"
    if first in ("--help", "-h", "--version"):
        return run_verb(VERBS if first != "--version" else VERBS[:1], ["--help" if first == "-h" else first])
    if first not in VERBS:
        reject_misspelled_verb(first)
        arguments = ["segment", *arguments]
    return run_verb(arguments[:1], arguments)


def run_verb(verbs: Iterable[str], arguments: list[str]) -> int:
    """Parses the arguments with these verbs, and imports their modules only: a verb pays for its own imports."""
    app = typer.Typer(rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False)
    app.callback(invoke_without_command=True)(root_options)
    for verb in verbs:
        found = getattr(import_module(f"ravs.cli.{verb}"), verb)
        if isinstance(found, typer.Typer):  # a verb with subcommands: alone it lists them
            app.add_typer(found, name=verb)
            arguments = [verb, "--help"] if arguments == [verb] else arguments
        else:
            app.command(verb)(found)
    return catch_broken_pipe(lambda: app(arguments, prog_name="ravs", standalone_mode=False) or 0)


def root_options(
    version: Annotated[bool, typer.Option("--version", help="Show the version.", is_eager=True)] = False,
) -> None:
    """Segments the sounding objects of a video, and reports where it is uncertain.

    `ravs clip.mp4` is `ravs segment clip.mp4`; `ravs VERB --help` describes a verb.
    """
    if version:
        typer.echo(f"ravs {VERSION}")
        raise typer.Exit


def reject_misspelled_verb(word: str) -> None:
    """Raises a usage error for a word that is no file and resembles a verb."""
    near = get_close_matches(word, VERBS, n=1, cutoff=0.75)
    if near and not Path(word).exists():
        raise InputError(f"no verb {word!r}; did you mean {near[0]!r}? Verbs: {', '.join(VERBS)}.")


def describe(error: Exception) -> str:
    """The error in one line."""
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}" if error.filename else str(error)
    if isinstance(error, typer.TyperException):
        return f"{' '.join(error.format_message().split())} See: ravs --help"
    return " ".join(str(error).split())
