"""`ravs library`: build the library of cut-outs, sounds and backgrounds, and credit its authors."""

from pathlib import Path
from typing import Annotated

import typer

library = typer.Typer(help="Build the library of parts for `ravs compose`, and list its authors.")


@library.command()
def build(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="folder of the library; finished files are kept")],
    packages: Annotated[
        Path | None,
        typer.Option("--packages", help="folder with .deb files; missing ones are fetched to it [DIR/.packages]"),
    ] = None,
) -> int:
    """Extract images and sounds from Debian packages, on Debian or Ubuntu; nothing is installed, no root is needed.

    3.2 GB are fetched with apt-get download. Every file is compared with the table: the same bytes, the same content
    in other bytes, or other content. Exit code 1 if anything is left out or differs; the rest is built.
    """
    from ravs.cli.progress import progress_bar
    from ravs.data.library.builder import build_library

    with progress_bar("building") as progress:
        result = build_library(folder, packages=packages, progress=progress)
    typer.echo(result.as_text())
    return int(not result.complete)


@library.command("credits")
def name_authors(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="a library: list only its files [the complete table]")
    ] = None,
) -> None:
    """Print who made what, under which license, and where it is from, as Markdown."""
    from ravs.data.library.builder import credits_markdown

    typer.echo(credits_markdown(folder), nl=False)
