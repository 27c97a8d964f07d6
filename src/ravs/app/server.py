"""Serves the page: on this machine alone unless told otherwise, with limits, and without traces afterwards."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # Gradio reads it when it is imported

import gradio as gr
from starlette.middleware import Middleware

from ravs.app.demo_model import DemoModel
from ravs.app.demo_settings import DemoSettings, parse_size
from ravs.app.handlers import Handlers
from ravs.app.page import build_page, static
from ravs.app.routes import NoOutsideAddresses, visit_routes
from ravs.app.visits import Visits, sweep_often
from ravs.errors import InputError
from ravs.inference.segmenter import Segmenter

FONT = ["system-ui", "sans-serif"]  # of the visitor's machine: none is fetched
THEME = gr.themes.Soft(primary_hue="indigo", font=FONT, font_mono=["ui-monospace", "monospace"])


@contextmanager
def served(segmenter: Segmenter, settings: DemoSettings) -> Iterator[str]:
    """The page, while the block runs; gives its address. What visitors loaded is deleted at the end.

    Raises: InputError where the port is taken, or the host is none of this machine's.
    """
    check_free(settings.host, settings.port)
    visits = Visits()
    os.environ["GRADIO_TEMP_DIR"] = str(visits.root / "uploads")
    page = build_page(Handlers(DemoModel(segmenter, settings.max_s), visits))
    page.queue(max_size=settings.max_waiting)
    stop = Event()
    Thread(target=sweep_often, args=(visits, stop), daemon=True).start()
    try:
        _, local, shared = page.launch(**launch_options(settings, visits))
        yield shared or local
    finally:
        stop.set()
        page.close(verbose=False)
        visits.close()


def launch_options(settings: DemoSettings, visits: Visits) -> dict[str, Any]:
    """What Gradio is told when it starts."""
    return {
        "server_name": settings.host,
        "server_port": settings.port,
        "share": settings.share,
        "mcp_server": settings.mcp,
        "inbrowser": settings.open_browser,
        "max_file_size": parse_size(settings.max_size),
        "theme": THEME,
        "css": static("page.css"),
        "ssr_mode": False,  # needs Node
        "pwa": False,
        "enable_monitoring": False,
        "footer_links": ["api"],
        "prevent_thread_lock": True,
        "quiet": True,
        "app_kwargs": {"routes": visit_routes(visits), "middleware": [Middleware(NoOutsideAddresses)]},
    }


def check_free(host: str, port: int) -> None:
    """Raises: InputError where nothing can be served at this address."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise InputError(f"cannot serve at {host}:{port} ({error.strerror}): choose another --port or --host") from None
