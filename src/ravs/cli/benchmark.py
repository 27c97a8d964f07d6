"""`ravs benchmark`: time and memory of a complete forward, beside the bare visual encoder."""

from typing import Annotated

import typer


def benchmark(
    preset: Annotated[
        str, typer.Argument(help="a published setting, e.g. ravs-pvt-v2-b5-vggish or tpavi-tiny")
    ] = "ravs-tiny",
    seconds: Annotated[int, typer.Option(help="frames of the clip")] = 5,
    size: Annotated[int, typer.Option(help="pixels of a side")] = 224,
    runs: Annotated[int, typer.Option(help="runs of each, alternating")] = 7,
    threads: Annotated[int, typer.Option(help="threads of the CPU")] = 2,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", help="change a key of the preset, e.g. attention_form=published for tpavi; repeat"),
    ] = None,
) -> None:
    """Measure a preset on this CPU, with random weights; the last line is JSON."""
    from ravs.evaluation.speed import SpeedSettings, parse_change
    from ravs.evaluation.speed import measure_speed as run

    setting = SpeedSettings(preset, seconds, size, runs, threads, tuple(map(parse_change, changes or ())))
    typer.echo(run(setting).as_text())
