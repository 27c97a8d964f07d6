"""The command `ravs`: finds the verb, and turns a user's mistake into one line and its exit code."""

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

# rooms of ravs.cli
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
    "accelerate": "train",
    "matplotlib": "plots",
    "timm": "timm",
    "tensorboard": "train",
    "wandb": "wandb",
    "trackio": "trackio",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a verb and returns the exit code. A user's mistake is one line; -v, or a bug of ours, gives a traceback."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    replace_unencodable()
    try:
        code = run(words)
    except KeyboardInterrupt:
        code = EXIT_INTERRUPTED
    except ModuleNotFoundError as error:
        if error.name not in EXTRA_OF_MODULE:
            raise
        extra = EXTRA_OF_MODULE[error.name]
        typer.echo(f"ravs: this needs {error.name}, which is not installed: pip install 'ravs[{extra}]'", err=True)
        code = InputError.exit_code
    except (RavsError, OSError, typer.TyperException) as error:
        if {"-v", "--verbose"} & set(words) and not isinstance(error, typer.TyperException):
            raise
        typer.echo(f"ravs: {describe(error)}", err=True)
        code = getattr(error, "exit_code", 1)
    if code == EXIT_INTERRUPTED:
        typer.echo("ravs: interrupted; finished work is kept: run the same line to go on.", err=True)
    return code


def run(words: list[str]) -> int:
    """The verb that the words name; `ravs clip.mp4` is `ravs segment clip.mp4`."""
    first = words[0] if words else "--help"
    if first in ("--help", "-h", "--version"):
        return run_verb(VERBS if first != "--version" else VERBS[:1], ["--help" if first == "-h" else first])
    if first not in VERBS:
        reject_misspelled_verb(first)
        words = ["segment", *words]
    return run_verb(words[:1], words)


def run_verb(verbs: Iterable[str], words: list[str]) -> int:
    """Parses the words with these verbs known. Only their modules are imported: a verb pays for its own."""
    app = typer.Typer(rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False)
    app.callback(invoke_without_command=True)(root_options)
    for verb in verbs:
        found = getattr(import_module(f"ravs.cli.{verb}"), verb)
        if isinstance(found, typer.Typer):  # a verb of several actions: alone it names them
            app.add_typer(found, name=verb)
            words = [verb, "--help"] if words == [verb] else words
        else:
            app.command(verb)(found)
    return catch_broken_pipe(lambda: app(words, prog_name="ravs", standalone_mode=False) or 0)


def root_options(
    version: Annotated[bool, typer.Option("--version", help="Show the version.", is_eager=True)] = False,
) -> None:
    """Marks the things that make the sound in a video, and says where it is unsure.

    `ravs clip.mp4` is `ravs segment clip.mp4`; `ravs VERB --help` tells more.
    """
    if version:
        typer.echo(f"ravs {VERSION}")
        raise typer.Exit


def reject_misspelled_verb(word: str) -> None:
    """Raises a usage error for a bare word that is no file and close to a verb."""
    near = get_close_matches(word, VERBS, n=1, cutoff=0.75)
    if near and not Path(word).exists():
        raise InputError(f"no verb {word!r}; did you mean {near[0]!r}? Verbs: {', '.join(VERBS)}.")


def describe(error: Exception) -> str:
    """One line."""
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}" if error.filename else str(error)
    if isinstance(error, typer.TyperException):
        return f"{' '.join(error.format_message().split())} See: ravs --help"
    return " ".join(str(error).split())
