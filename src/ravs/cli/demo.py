"""`ravs demo`: a page in the browser that shows which pixels of a video make the sound."""

import signal
from contextlib import suppress
from threading import Event
from typing import Annotated

import typer

from ravs.cli import shared_options as option
from ravs.config.presets import DEFAULT_MODEL

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def demo(
    model: Annotated[str, option.MODEL] = DEFAULT_MODEL,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, xpu, mps.")] = "auto",
    host: Annotated[str, typer.Option(help="Address to serve at; 0.0.0.0: to every machine.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to serve at.")] = 7860,
    max_seconds: Annotated[float, typer.Option(help="Of a longer video the rest is left out.")] = 60,
    max_size: Annotated[str, typer.Option(help="Largest upload: kb, mb or gb.")] = "200mb",
    queue: Annotated[int, typer.Option(help="Visitors that may wait for the model.")] = 20,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
    share: Annotated[bool, typer.Option("--share", help="A public address, through a tunnel of Gradio's.")] = False,
    mcp: Annotated[bool, typer.Option("--mcp", help="Offer it to agents, too, by the Model Context Protocol.")] = False,
) -> int:
    """Show a page to which videos can be dropped: masks, events, sliders, the listening test, every format.

    It is served to this machine alone unless --host or --share say otherwise. Uploads are deleted when their page is
    closed, half an hour after they were last used, and when this command ends (Ctrl+C).
    """
    from ravs.app.demo_settings import DemoSettings

    settings = DemoSettings(
        host=host,
        port=port,
        max_s=max_seconds,
        max_size=max_size,
        max_waiting=queue,
        open_browser=open_browser,
        share=share,
        mcp=mcp,
    )
    from ravs.app.server import served  # before the model: without the extra this says what to install
    from ravs.inference.segmenter import load

    typer.echo(f"loading {model} …", err=True)
    segmenter = load(model, device)
    typer.echo(segmenter.summary(), err=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what visitors loaded is deleted then, too
    with suppress(KeyboardInterrupt), served(segmenter, settings) as address:
        typer.echo(address)
        if host not in LOOPBACK or share:
            typer.echo("ravs: whoever reaches this address can use the page and this machine's time.", err=True)
        Event().wait()
    return 0
