"""`ravs datasets`: look at a benchmark on disk: check its files, draw a sample, make its wav files."""

import json
from pathlib import Path
from typing import Annotated

import typer

datasets = typer.Typer(help="Check a data set on disk, draw one of its samples, make its wav files.")

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="folder of the data set; what it holds is found out")]
Jobs = Annotated[int, typer.Option("-j", "--jobs", min=0, help="threads or processes [one a core]")]


@datasets.command()
def check(
    folder: Folder,
    jobs: Jobs = 0,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object instead of a table")] = False,
) -> int:
    """Count what is there beside the published counts, and look at every file; exit code 1 if anything is wrong."""
    from ravs.cli.bar import bar
    from ravs.data.sets.check import check_set
    from ravs.data.sets.find import find_set

    dataset = find_set(folder)
    with bar("checking") as progress:
        report = check_set(dataset, jobs, progress)
    typer.echo(json.dumps(report.as_json(), ensure_ascii=False) if as_json else report.as_text())
    return int(bool(report.problems))


@datasets.command()
def show(
    folder: Folder,
    split: Annotated[str | None, typer.Option("--split", help="train, val or test [all]")] = None,
    subset: Annotated[str | None, typer.Option("--subset", help="only this part, e.g. v1s or VPO-MS")] = None,
    index: Annotated[int, typer.Option("--index", help="of the sample, in the order of names, from 0")] = 0,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="picture [DIR-SPLIT-INDEX.png here]")] = None,
) -> None:
    """Draw frames, masks, spectrogram and class names of one sample."""
    from ravs.data.sets.find import find_set
    from ravs.data.sets.show import show_sample

    typer.echo(str(show_sample(find_set(folder, subset), out, split=split, index=index)))


@datasets.command("extract-audio")
def extract_audio(
    folder: Folder,
    rate: Annotated[int, typer.Option("--rate", help="samples a second")] = 16_000,
    jobs: Jobs = 0,
) -> int:
    """Make the wav files that are missing out of the raw videos; exit code 1 if a video has no sound."""
    from ravs.cli.bar import bar
    from ravs.data.sets.extract import extract_audio as extract
    from ravs.data.sets.find import find_set

    dataset = find_set(folder)
    with bar("extracting") as progress:
        done = extract(dataset, rate, jobs, progress)
    typer.echo(done.as_text())
    return int(bool(done.failed))
