"""`ravs library`: build the library of cut-outs, sounds and backgrounds, and name whose work it holds."""

from pathlib import Path
from typing import Annotated

import typer

library = typer.Typer(help="Build the library that `ravs compose` takes its parts from; list whose work it holds.")


@library.command()
def build(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="folder of the library; finished files are kept")],
    packages: Annotated[
        Path | None,
        typer.Option("--packages", help="folder with .deb files; missing ones are fetched to it [DIR/.packages]"),
    ] = None,
) -> int:
    """Take pictures and sounds out of Debian packages, on Debian or Ubuntu; nothing is installed, no root is needed.

    3.2 GB are fetched with apt-get download. Every file is compared with the table: the same bytes, the same content
    in other bytes, or another content. Exit code 1 if anything is left out or differs; the rest is there.
    """
    from ravs.cli.bar import progress_bar
    from ravs.data.library.builder import build_library as make

    with progress_bar("building") as progress:
        built = make(folder, packages=packages, progress=progress)
    typer.echo(built.as_text())
    return int(not built.complete)


@library.command("credits")
def name_authors(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="a library: only what it holds [the whole table]")
    ] = None,
) -> None:
    """Print who made what, under which licence, and where it is from, as Markdown."""
    from ravs.data.library.builder import credits_markdown

    typer.echo(credits_markdown(folder), nl=False)
