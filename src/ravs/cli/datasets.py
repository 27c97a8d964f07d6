"""`ravs datasets`: check a data set on disk, draw a sample, make its wav files; or create a set out of videos."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ravs.errors import NoMatchError

if TYPE_CHECKING:
    from ravs.data.custom.label_source import Video

datasets = typer.Typer(help="Check a data set, draw one of its samples, make its wav files; or create your own.")

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="folder of the data set; what it holds is found out")]
Jobs = Annotated[int, typer.Option("-j", "--jobs", min=0, help="threads or processes [one a core]")]


@datasets.command()
def check(
    folder: Folder,
    jobs: Jobs = 0,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object instead of a table")] = False,
) -> int:
    """Count what is there beside the published counts, and look at every file; exit code 1 if anything is wrong."""
    from ravs.cli.progress import progress_bar
    from ravs.data.datasets.check import check_dataset
    from ravs.data.datasets.find_dataset import find_dataset

    dataset = find_dataset(folder)
    with progress_bar("checking") as progress:
        report = check_dataset(dataset, jobs, progress)
    typer.echo(json.dumps(report.as_json()) if as_json else report.as_text())
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
    from ravs.data.datasets.find_dataset import find_dataset
    from ravs.visualization.dataset_sample import show_sample

    typer.echo(str(show_sample(find_dataset(folder, subset), out, split=split, index=index)))


@datasets.command("extract-audio")
def extract_audio(
    folder: Folder,
    rate: Annotated[int, typer.Option("--rate", help="samples a second")] = 16_000,
    jobs: Jobs = 0,
) -> int:
    """Make the wav files that are missing out of the raw videos; exit code 1 if a video has no sound."""
    from ravs.cli.progress import progress_bar
    from ravs.data.datasets.extract_audio import extract_audio as extract
    from ravs.data.datasets.find_dataset import find_dataset

    dataset = find_dataset(folder)
    with progress_bar("extracting") as progress:
        done = extract(dataset, rate, jobs, progress)
    typer.echo(done.as_text())
    return int(bool(done.failed))


@datasets.command()
def create(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="folder of the new set")],
    names: Annotated[
        list[str], typer.Argument(metavar="VIDEO_OR_FOLDER...", help="videos; folders of them, with those inside")
    ],
    masks: Annotated[Path | None, typer.Option("--masks", help="what ravs segment wrote, or a folder of masks")] = None,
    only: Annotated[str | None, typer.Option("--class", help="the class that masks of 0 and 255 mark")] = None,
    export: Annotated[
        tuple[str, Path] | None,
        typer.Option("--from", metavar="TOOL FILE", help="labelstudio, cvat or coco, and what it exported"),
    ] = None,
    val: Annotated[
        float, typer.Option("--val", help="share of the videos that go into val, by a hash of the name")
    ] = 0.2,
    seed: Annotated[int, typer.Option("--seed", help="of that hash")] = 0,
    split_file: Annotated[
        Path | None, typer.Option("--split-file", help="file with lines NAME,SPLIT, instead of --val")
    ] = None,
    seconds: Annotated[
        int, typer.Option("--seconds", help="length of a clip; the last one of a video may be shorter")
    ] = 5,
) -> int:
    """Make a set to train on out of videos and masks of your own; exit code 1 if a video could not be read.

    Labels belong to the last frame of each second. Without --masks or --from, these frames are written to OUT, to be
    labelled.
    """
    from ravs.cli.progress import progress_bar
    from ravs.data.custom.create import create_dataset
    from ravs.data.custom.frames_to_label import write_frames
    from ravs.data.custom.open_labels import open_labels
    from ravs.data.custom.validation_split import split_videos

    videos = find_videos(names, out)
    source = open_labels(videos, masks, only, export)
    if source is None:
        written, failed = write_frames(out, videos)
        typer.echo("\n".join([*failed, f"{out}: {written} frames to be labelled"]))
        return int(bool(failed))
    splits = split_videos(videos, val, seed, split_file)
    with progress_bar("videos") as progress:
        made = create_dataset(out, videos, source, splits, seconds=seconds, progress=progress)
    typer.echo(made.as_text())
    return int(bool(made.failed))


def find_videos(names: list[str], out: Path) -> "list[Video]":
    """The videos that are named, each with the name that its masks have. Raises NoMatchError; InputError."""
    from ravs.data.custom.label_source import Video, check_names
    from ravs.inference.segment_job.sources import find_sources

    found, missing = find_sources(names, out, recursive=True)
    if missing:
        raise NoMatchError(f"no video matches {', '.join(missing)} (searched {Path.cwd()}): name files or folders")
    videos = [Video(source.path, source.result_path) for source in found]
    check_names(videos)
    return videos
