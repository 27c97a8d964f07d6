"""`ravs benchmark`: time and memory of a complete forward pass, beside the bare visual encoder."""

from pathlib import Path
from typing import Annotated

import typer

from ravs.config.presets import DEFAULT_MODEL


def benchmark(
    preset: Annotated[
        str, typer.Argument(help="name of a preset, e.g. ravs-pvt-v2-b5-vggish or tpavi-tiny")
    ] = DEFAULT_MODEL,
    seconds: Annotated[int, typer.Option(help="length of the clip, one frame per second")] = 5,
    size: Annotated[int, typer.Option(help="side of the frames in pixels")] = 224,
    runs: Annotated[int, typer.Option(help="timed runs of model and bare encoder, in turn")] = 7,
    threads: Annotated[int, typer.Option(help="CPU threads")] = 2,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", help="change a key of the preset, e.g. attention_form=published for tpavi; repeatable"),
    ] = None,
    against: Annotated[
        str | None, typer.Option(help="comma list of methods or presets to time in turn: tpavi,avsegformer,cavp")
    ] = None,
    device: Annotated[str, typer.Option(help="cpu, cuda, cuda:1, xpu, mps or auto")] = "cpu",
    dtype: Annotated[str, typer.Option(help="float32, bfloat16 or float16")] = "float32",
    sides: Annotated[str | None, typer.Option(help="comma list of sides to measure growth at: 224,512,1024")] = None,
    lengths: Annotated[str | None, typer.Option(help="comma list of seconds to measure growth at: 1,10,60")] = None,
    chart: Annotated[Path | None, typer.Option(help="a chart, too: .png, .svg or .pdf", metavar="FILE")] = None,
    video_height: Annotated[int, typer.Option(help="rows of the video to decode and draw on, 16:9")] = 720,
) -> None:
    """Measure time and memory of a preset and of each of its parts, with random weights; the last line is JSON."""
    from ravs.evaluation.speed.speed_chart import draw_speed_chart
    from ravs.evaluation.speed.speed_run import measure_speed
    from ravs.evaluation.speed.speed_settings import SpeedSettings, parse_change, parse_counts
    from ravs.visualization.charts import check_chart

    settings = SpeedSettings(
        preset=preset,
        seconds=seconds,
        size=size,
        runs=runs,
        threads=threads,
        changes=tuple(map(parse_change, changes or ())),
        against=() if against is None else tuple(name.strip() for name in against.split(",")),
        device=device,
        dtype=dtype,
        sides=parse_counts("--sides", sides),
        lengths=parse_counts("--lengths", lengths),
        video_height=video_height,
    )
    if chart is not None:
        check_chart(chart)
    report = measure_speed(settings)
    typer.echo(report.as_text())
    if chart is not None:
        draw_speed_chart(report, chart)
