"""`ravs compose`: clips with ground truth, composed from a library of cut-outs, sounds and backgrounds."""

from pathlib import Path
from typing import Annotated

import typer


def compose(
    out: Annotated[Path | None, typer.Argument(help="folder of the set; finished clips in it are kept")] = None,
    library: Annotated[Path, typer.Option("--library", help="folder with manifest.csv and classes.csv")] = Path(
        "library"
    ),
    subset: Annotated[str | None, typer.Option(help="comma list of ss, ms, msmi, negative [all of the form]")] = None,
    count: Annotated[int, typer.Option(help="clips of each subset")] = 10,
    split: Annotated[str, typer.Option(help="train or val")] = "train",
    seed: Annotated[int, typer.Option(help="the same seed gives the same files")] = 1,
    size: Annotated[int, typer.Option(help="side of the frames in pixels")] = 224,
    jobs: Annotated[int, typer.Option("-j", "--jobs", help="processes [one per core]")] = 0,
    licence: Annotated[str, typer.Option(help="any, or permissive: public domain, CC0 and CC-BY only")] = "any",
    classes: Annotated[str, typer.Option(help="tier-a, all, or a comma list of names")] = "tier-a",
    extras: Annotated[bool, typer.Option("--extras", help="also use other classes, silent or off-screen")] = False,
    held_out: Annotated[Path | None, typer.Option(help="CSV of parts to leave out, e.g. examples/held_out.csv")] = None,
    form: Annotated[str, typer.Option(help="clips, or as published: avss (AVSBench-semantic) or vpo")] = "clips",
    preset: Annotated[str | None, typer.Option(help="benchmark: the project's train and val sets, all fixed")] = None,
    sheet: Annotated[Path | None, typer.Option(help="draw a contact sheet of the clips to this image")] = None,
) -> None:
    """Compose clips of which every sounding pixel is known: videos, masks and descriptions in OUT/SUBSET/NUMBER.

    --form avss writes AVSBench-semantic's folders and metadata.csv instead, --form vpo VPO's single frames.
    With --sheet and no OUT, only the contact sheet is made. --preset benchmark makes OUT/train and OUT/val, the
    same for everyone, and compares their hashes with the recorded ones.
    """
    from ravs.cli.progress import progress_bar
    from ravs.data.composition.composed_benchmark import compose_preset
    from ravs.data.composition.request import ComposeRequest, run_request, subsets_of

    request = ComposeRequest(
        library=library,
        subsets=tuple(name.strip() for name in subset.split(",")) if subset else subsets_of(form),
        count=count,
        split=split,
        seed=seed,
        size=size,
        licence=licence,
        classes=classes,
        extras=extras,
        held_out=held_out,
        form=form,
    )
    with progress_bar("composing") as progress:
        if preset:
            lines = compose_preset(preset, request, out, jobs=jobs, progress=progress)
        else:
            lines = run_request(request, out=out, sheet=sheet, jobs=jobs, progress=progress)
    typer.echo("\n".join(lines))
