"""What the page serves beside Gradio: the files of a visit under its random name, and nothing else of this machine."""

import shutil
from collections.abc import Callable
from pathlib import Path

from starlette.background import BackgroundTask
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ravs.app.browser_copy import browser_copy
from ravs.app.downloads import write_download
from ravs.app.sound_changes import SOUND_NAME
from ravs.app.visits import VISIT_PATH, Visit, Visits
from ravs.errors import InputError, RavsError

HEADERS = {
    "Cache-Control": "private, no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
CONTENT_POLICY = (
    "default-src 'self' data: blob:; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'self'"
)  # Gradio's page has scripts and styles inline; nothing comes from another host


def visit_routes(visits: Visits) -> list[Route]:
    """The video of a visit, a copy that every browser plays, its changed sound, and each format."""

    def file_of(find: Callable[[Visit], Path]) -> Callable[[Request], Response]:
        def respond(request: Request) -> Response:
            try:
                path = find(visits.get(request.path_params["token"]))
            except InputError as error:
                return PlainTextResponse(str(error), 404, HEADERS)
            except RavsError as error:
                return PlainTextResponse(str(error), 422, HEADERS)
            return FileResponse(path, headers=HEADERS) if path.is_file() else PlainTextResponse("gone", 404, HEADERS)

        return respond

    def download(request: Request) -> Response:
        try:
            visit = visits.get(request.path_params["token"])
            path = write_download(visit, request.path_params["name"], request.query_params.get("effect", "tint"))
        except InputError as error:
            return PlainTextResponse(str(error), 404, HEADERS)
        except RavsError as error:
            return PlainTextResponse(str(error), 422, HEADERS)
        remove = BackgroundTask(shutil.rmtree, path.parent, ignore_errors=True)
        return FileResponse(path, filename=path.name, headers=HEADERS, background=remove)

    return [
        Route(f"{VISIT_PATH}/{{token}}/video", file_of(lambda visit: visit.source)),
        Route(f"{VISIT_PATH}/{{token}}/copy", file_of(browser_copy)),
        Route(f"{VISIT_PATH}/{{token}}/sound", file_of(lambda visit: visit.folder / SOUND_NAME)),
        Route(f"{VISIT_PATH}/{{token}}/results/{{name}}", download),
    ]


class NoOutsideAddresses:
    """Refuses to fetch addresses for a visitor, which Gradio does below /file=, and tells browsers to stay here."""

    def __init__(self, app: ASGIApp) -> None:
        """Around the application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if ("/file=" in scope["path"] and "://" in scope["path"]) or "/proxy=" in scope["path"]:
            response = PlainTextResponse("this page fetches no addresses: load a file", 403, HEADERS)
            await response(scope, receive, send)
            return

        async def send_with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Content-Security-Policy"] = CONTENT_POLICY
            await send(message)

        await self.app(scope, receive, send_with_policy)
