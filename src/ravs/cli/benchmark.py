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
    against: Annotated[
        str | None, typer.Option(help="comma list of methods or presets to time in turn: tpavi,avsegformer,cavp")
    ] = None,
    device: Annotated[str, typer.Option(help="cpu, cuda, cuda:1, xpu, mps or auto")] = "cpu",
    dtype: Annotated[str, typer.Option(help="float32, bfloat16 or float16")] = "float32",
) -> None:
    """Measure time and memory of a preset and of each of its parts, with random weights; the last line is JSON."""
    from ravs.evaluation.speed.speed_run import measure_speed
    from ravs.evaluation.speed.speed_settings import SpeedSettings, parse_change

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
    )
    typer.echo(measure_speed(settings).as_text())
