"""`examples/space`: what the hub reads of a Space, and the program that it starts."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
import yaml

from support.free_port import free_port

ROOT = Path(__file__).parents[2]
SPACE = ROOT / "examples" / "space"
COLORS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}  # that the hub knows


def front_matter():
    return yaml.safe_load((SPACE / "README.md").read_text(encoding="utf-8").split("---\n")[1])


def test_the_front_matter_is_what_the_hub_reads():
    fields = front_matter()
    assert fields["sdk"] == "gradio" and (SPACE / fields["app_file"]).is_file()
    assert {fields["colorFrom"], fields["colorTo"]} <= COLORS
    assert len(fields["short_description"]) <= 60
    assert re.fullmatch(r"3\.\d+", fields["python_version"])


def test_it_takes_the_gradio_that_the_page_is_tested_with():
    assert f"gradio=={front_matter()['sdk_version']}\n" in (ROOT / "constraints.txt").read_text()


@pytest.mark.page
def test_the_program_serves_the_page_and_ends_when_told_to(tmp_path):
    port = free_port()
    environment = os.environ | {"GRADIO_SERVER_PORT": str(port), "TMPDIR": str(tmp_path)}
    with subprocess.Popen([sys.executable, "app.py"], cwd=SPACE, env=environment, stderr=subprocess.PIPE) as program:
        assert b"Which pixels make the sound" in page_of(port, program)
        program.send_signal(signal.SIGTERM)
        errors = program.communicate(timeout=20)[1].decode()
    assert program.returncode == 0, errors
    assert "Traceback" not in errors
    assert not list(tmp_path.glob("ravs-demo-*"))


def page_of(port, program, wait_s=60):
    """The page, as soon as the program serves it."""
    deadline = time.monotonic() + wait_s
    while program.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/config", timeout=5) as answer:
                return answer.read()
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"no page; exit code {program.poll()}")
