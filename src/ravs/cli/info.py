"""`ravs info`: a model's modules and parameters, or what decoding sees in a media file."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from ravs.errors import NoMatchError

MEDIA_SUFFIXES = (".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v", ".mpg", ".ts", ".wav", ".mp3", ".png", ".jpg")


def info(
    subject: Annotated[str, typer.Argument(help="Preset, model folder, hub name, or media file.", metavar="X")],
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
) -> None:
    """Show the modules of a model with their parameters, or what decoding sees in a media file."""
    facts = inspect_subject(subject)
    if as_json:
        typer.echo(json.dumps(facts))
        return
    from ravs.cli.fact_tables import model_table, print_table, value_table

    print_table(model_table(facts) if "modules" in facts else value_table(facts))


def inspect_subject(subject: str) -> dict[str, Any]:
    """Facts about a media file, or else a model. Raises NoMatchError, ModelNotFoundError, DecodeError."""
    from ravs.config.presets import PRESETS

    if subject not in PRESETS and Path(subject).is_file():
        from ravs.media.media_summary import inspect_media

        return inspect_media(Path(subject))
    if Path(subject).suffix.lower() in MEDIA_SUFFIXES and not Path(subject).exists():
        raise NoMatchError(f"no file {subject!r} (searched {Path.cwd()}).")
    from ravs.checkpoints.model_summary import inspect_model

    return inspect_model(subject)
