"""`ravs visualize`: groups, responses and uncertainty of a video as figures of a paper."""

from pathlib import Path
from typing import Annotated

import typer


def visualize(
    model: Annotated[str, typer.Argument(help="preset, model folder or hub name")],
    video: Annotated[Path, typer.Argument(help="video with sound")],
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="folder of the figures [ravs-figures/VIDEO's name]")
    ] = None,
    start: Annotated[str | None, typer.Option("--start", help="from here on: seconds or H:MM:SS.mmm")] = None,
    end: Annotated[str | None, typer.Option("--end", help="up to here [10 seconds after the start]")] = None,
) -> None:
    """Draw what a model sees inside a video, second by second: groups of each stage, response, uncertainty.

    groups-stage1.png, groups-stage2.png, groups-stage3.png: the groups, the stronger the more relevant. response.png:
    which groups answer to the sound (the paper's figure 5). uncertainty.png: frames, masks, uncertainty (figure 6).
    A comparator has none of them: marked.png shows the frames and what it marks.
    """
    from ravs.visualization import visualize as draw

    drawn = draw(model, video, out, start=start, end=end)
    typer.echo("\n".join([*drawn.remarks, *map(str, drawn.files)]))
