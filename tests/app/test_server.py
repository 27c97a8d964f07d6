"""The server without a browser: what it gives, what it refuses, and what it leaves."""

import asyncio
import json
import os
import socket
import threading
import time
from base64 import b64encode
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from ravs.app.demo_settings import DemoSettings
from ravs.errors import InputError
from support.audio_gated_model import segmenter
from support.free_port import free_port

pytestmark = pytest.mark.page


@pytest.fixture(scope="module")
def address():
    from ravs.app.server import served

    settings = DemoSettings(port=free_port(), max_size="2mb", max_s=4)
    with served(segmenter(), settings) as address:
        yield address.rstrip("/")


@pytest.fixture(scope="module")
def http(address):
    import httpx

    with httpx.Client(base_url=address, timeout=30) as client:
        yield client


@pytest.fixture
def fetched():
    """The address of a server on this machine, and what was asked of it."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/video.mp4", asked
    server.shutdown()
    server.server_close()


def uploaded(http, path):
    answer = http.post("/gradio_api/upload", files={"files": (path.name, path.read_bytes())})
    answer.raise_for_status()
    return answer.json()[0]


def called(http, path):
    """The last event of a call of `segment` with a file of this path."""
    data = [{"path": path, "meta": {"_type": "gradio.FileData"}}]
    event = http.post("/gradio_api/call/segment", json={"data": data}).json()["event_id"]
    return http.get(f"/gradio_api/call/segment/{event}").text


def test_programs_get_the_document_of_a_video_that_they_uploaded(http, loud_at_first):
    answer = called(http, uploaded(http, loud_at_first))
    assert "event: complete" in answer
    (document,) = json.loads(answer.rsplit("data: ", 1)[1])
    assert [event["class"] for event in json.loads(document)["events"]] == ["dog"]


def test_no_file_of_the_server_is_given(http, loud_at_first, visits):
    secret = visits.begin("ann", loud_at_first).source
    for path in ("/etc/passwd", str(secret), "../../etc/passwd", str(Path(__file__))):
        assert http.get(f"/gradio_api/file={path}").status_code in (403, 404)
        assert "event: error" in called(http, path)


def test_what_another_visitor_uploaded_is_not_found_without_its_name(http):
    for path in (
        "/visit/",
        "/visit/x/video",
        "/visit/../video",
        "/visit/x/results/json",
        "/visit/x/results/..%2fvideo",
    ):
        assert http.get(path).status_code == 404


def test_no_address_is_fetched_for_a_visitor(http, fetched):
    address, asked = fetched
    assert http.get(f"/gradio_api/file={address}").status_code == 403
    assert http.get(f"/gradio_api/proxy={address}").status_code == 403
    assert "event: error" in called(http, address)
    assert "fetches no addresses" in called(http, "https://example.org/video.mp4")
    assert asked == []


def test_uploads_over_the_limit_are_refused(http):
    answer = http.post("/gradio_api/upload", files={"files": ("big.mp4", bytes(2_100_000))})
    assert answer.status_code == 413


def test_what_is_no_video_gets_a_message_and_no_traceback(http, tmp_path, capfd):
    (tmp_path / "text.mp4").write_text("no video")
    assert "event: error" in called(http, uploaded(http, tmp_path / "text.mp4"))
    assert "Traceback" not in "".join(capfd.readouterr())


def test_browsers_are_told_to_ask_no_other_host(http):
    answer = http.get("/")
    assert answer.status_code == 200
    assert "default-src 'self'" in answer.headers["content-security-policy"]


def test_a_port_that_is_taken_is_said_before_anything_starts():
    from ravs.app.server import served

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings = DemoSettings(port=taken.getsockname()[1])
        with pytest.raises(InputError, match="choose another --port or --host"), served(segmenter(), settings):
            pass


def test_nothing_is_left_at_the_end(loud_at_first):
    import httpx

    from ravs.app.server import served

    with served(segmenter(), DemoSettings(port=free_port())) as address:
        with httpx.Client(base_url=address, timeout=30) as client:
            path = Path(uploaded(client, loud_at_first))
        assert path.is_file() and path.is_relative_to(os.environ["GRADIO_TEMP_DIR"])
        assert len(list(path.parents[2].glob("uploads"))) == 1
    time.sleep(0.2)
    assert not path.parents[2].exists()


def test_agents_call_the_function_with_a_file_and_not_with_an_address(loud_at_first, fetched):
    from ravs.app.server import served

    data = "data:video/mp4;base64," + b64encode(loud_at_first.read_bytes()).decode()
    with served(segmenter(), DemoSettings(port=free_port(), mcp=True)) as address:
        tools, good, bad = asyncio.run(use_tool(f"{address}gradio_api/mcp/", data, fetched[0]))
    assert tools == ["segment"]
    assert not good.isError
    assert [event["class"] for event in json.loads(good.content[0].text)["events"]] == ["dog"]
    assert bad.isError and "fetches no addresses" in bad.content[0].text
    assert fetched[1] == []


async def use_tool(address, *videos):
    """The names of the tools at an address, and what `segment` answers to each of these videos."""
    from mcp import ClientSession
    from mcp.client.streamable_http import streamablehttp_client

    async with streamablehttp_client(address) as (read, write, _), ClientSession(read, write) as session:
        await session.initialize()
        tools = [tool.name for tool in (await session.list_tools()).tools]
        return tools, *[await session.call_tool("segment", {"video": video}) for video in videos]
