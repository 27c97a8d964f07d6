"""`ravs benchmark`: time and memory of a complete forward pass, beside the bare visual encoder."""

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
) -> None:
    """Measure time and memory of a preset on this CPU, with random weights; the last line is JSON."""
    from ravs.evaluation.speed import SpeedSettings, parse_change
    from ravs.evaluation.speed import measure_speed as run

    settings = SpeedSettings(preset, seconds, size, runs, threads, tuple(map(parse_change, changes or ())))
    typer.echo(run(settings).as_text())
