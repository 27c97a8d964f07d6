"""`ravs visualize`: groups, responses and uncertainty of a video or a data set's clip, as in the paper's figures."""

from pathlib import Path
from typing import Annotated

import typer


def visualize(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="MODEL... [VIDEO]", help="presets, model folders or hub names; last a video, unless --data is given"
        ),
    ],
    out: Annotated[Path | None, typer.Option("-o", "--out", help="folder of the figures [ravs-figures/NAME]")] = None,
    start: Annotated[str | None, typer.Option("--start", help="from here on: seconds or H:MM:SS.mmm")] = None,
    end: Annotated[str | None, typer.Option("--end", help="up to here [10 seconds after the start]")] = None,
    truth: Annotated[
        Path | None, typer.Option("--truth", help="folder with a true mask a second [a composed clip's own]")
    ] = None,
    data: Annotated[
        Path | None, typer.Option("--data", help="folder of a data set: draw one of its clips instead of a video")
    ] = None,
    index: Annotated[
        int | None, typer.Option("--index", help="number of the clip, as in ravs datasets show [0]")
    ] = None,
    split: Annotated[str | None, typer.Option("--split", help="of the data set: train, val or test [all]")] = None,
    subset: Annotated[str | None, typer.Option("--subset", help="of the data set, such as s4, v1m, VPO-MS")] = None,
) -> None:
    """Draw the internals of a model for each second of a video or a clip: groups of each stage, response, uncertainty.

    groups-stage1.png, groups-stage2.png, groups-stage3.png: the groups, more opaque where more relevant. response.png:
    which groups respond to the sound (the paper's figure 5). uncertainty.png: frames, masks, uncertainty (figure 6).
    comparison.png (figure 4), of several models or with ground truth: frames, truth and what each model marks.
    A baseline has no groups and no uncertainty: marked.png shows the frames and what it marks.
    """
    from ravs.visualization import visualize as draw

    models, video = (names, None) if data is not None else (names[:-1], Path(names[-1]))
    drawn = draw(
        models,
        video,
        out,
        start=start,
        end=end,
        truth=truth,
        data=data,
        index=index,
        split=split,
        subset=subset,
    )
    typer.echo("\n".join([*drawn.remarks, *map(str, drawn.files)]))
