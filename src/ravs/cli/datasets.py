"""`ravs datasets`: check a data set, draw a sample, extract its audio; or create a data set from videos."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ravs.errors import NoMatchError

if TYPE_CHECKING:
    from ravs.data.custom.label_source import Video

datasets = typer.Typer(help="Check a data set, draw one of its samples, extract its audio; or create your own.")

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="folder of the data set; its format is detected")]
Jobs = Annotated[int, typer.Option("-j", "--jobs", min=0, help="threads or processes [one a core]")]


@datasets.command()
def check(
    folder: Folder,
    jobs: Jobs = 0,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object instead of a table")] = False,
) -> int:
    """Count videos, frames and masks, and check every file; exit code 1 if anything is wrong."""
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
    index: Annotated[int, typer.Option("--index", help="of the sample, sorted by name, from 0")] = 0,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="image [DIR-SPLIT-INDEX.png here]")] = None,
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
    """Extract missing wav files from the raw videos; exit code 1 if a video has no sound."""
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
    out: Annotated[Path, typer.Argument(metavar="OUT", help="folder of the new data set")],
    names: Annotated[
        list[str], typer.Argument(metavar="VIDEO_OR_FOLDER...", help="videos, and folders that are searched for videos")
    ],
    masks: Annotated[Path | None, typer.Option("--masks", help="what ravs segment wrote, or a folder of masks")] = None,
    only: Annotated[str | None, typer.Option("--class", help="the class of masks that hold 0 and 255")] = None,
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
    """Create a data set from videos and masks of your own; exit code 1 if a video could not be read.

    Labels belong to the last frame of each second. Without --masks or --from, these frames are written to OUT, to
    be labelled.
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
    """The videos in files and folders. Raises NoMatchError if one matches none, InputError if names are not unique."""
    from ravs.data.custom.label_source import Video, check_names
    from ravs.inference.segment_job.sources import find_sources

    found, missing = find_sources(names, out, recursive=True)
    if missing:
        raise NoMatchError(f"no video matches {', '.join(missing)} (searched {Path.cwd()}): name files or folders")
    videos = [Video(source.path, source.result_path) for source in found]
    check_names(videos)
    return videos
