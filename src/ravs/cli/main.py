"""The command `ravs`: finds the verb, and turns a user's mistake into one line and an exit code."""

import os
import sys
from collections.abc import Sequence

import typer

from ravs.cli.streams import catch_broken_pipe, replace_unencodable
from ravs.cli.verbs import ROOT_OPTIONS, VERBS, application, reject_unknown_verb
from ravs.errors import InputError, RavsError
from ravs.parallel import sleep_while_waiting

EXIT_INTERRUPTED = 130
COMPLETING = "_RAVS_COMPLETE"  # set by the completion scripts of typer
EXTRA_OF_MODULE = {
    "cv2": "train",
    "yaml": "train",
    "kornia": "train",
    "accelerate": "train",
    "matplotlib": "plots",
    "timm": "timm",
    "pyarrow": "interop",
    "tensorboard": "train",
    "ray": "batch",
    "gradio": "demo",
    "wandb": "wandb",
    "trackio": "trackio",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a verb and returns the exit code. A user's mistake prints one line; with -v, and for bugs, a traceback."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    replace_unencodable()
    sleep_while_waiting()
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
        typer.echo("ravs: interrupted; what was finished before is kept: run the same command to resume.", err=True)
    return code


def run(arguments: list[str]) -> int:
    """Runs the verb that the arguments name; `ravs clip.mp4` is `ravs segment clip.mp4`."""
    first = arguments[0] if arguments else "--help"
    if first in ROOT_OPTIONS or COMPLETING in os.environ:
        return run_verbs(VERBS if first != "--version" else (), arguments or [first])
    if first not in VERBS:
        reject_unknown_verb(first)
        arguments = ["segment", *arguments]
    return run_verbs(arguments[:1], arguments)


def run_verbs(verbs: Sequence[str], arguments: list[str]) -> int:
    """Parses the arguments with these verbs."""
    app = application(verbs)
    if app.registered_groups and arguments == list(verbs):  # a verb with subcommands alone lists them
        arguments = [*arguments, "--help"]
    return catch_broken_pipe(lambda: app(arguments, prog_name="ravs", standalone_mode=False) or 0)


def describe(error: Exception) -> str:
    """The error in one line."""
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}" if error.filename else str(error)
    if isinstance(error, typer.TyperException):
        context = getattr(error, "ctx", None)
        return f"{' '.join(error.format_message().split())} See: {context.command_path if context else 'ravs'} --help"
    return " ".join(str(error).split())
