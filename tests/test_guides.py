"""The pages for beginners: each line of docs/tour.md prints what the page shows, those of the others end well."""

import re
import shlex
import shutil
import wave
from pathlib import Path

import numpy as np
import pytest

from ravs.cli.main import main
from ravs.inference.segmenter import load

ROOT = Path(__file__).parents[1]
GUIDES = ("install", "own-video", "gallery", "faq")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ONCE = re.compile(r"\d+ threads|\(\d+\.\d s\)|0\.\d{4}$")  # what another machine or another version of torch changes


def blocks(page, kind):
    text = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    return [block for found, block in BLOCK.findall(text) if found == kind]


def plain(line):
    return ONCE.sub("#", line.strip())


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
def test_each_line_of_the_tour_prints_what_the_page_shows(folder, capsys):
    shutil.copy(ROOT / "examples" / "film" / "horses-and-riders.mp4", folder / "clip.mp4")
    for command in "".join(blocks("tour", "console")).split("$ ")[1:]:
        line, *shown = command.splitlines()
        assert main(shlex.split(line)[1:]) == 0, line
        streams = capsys.readouterr()
        printed = [plain(text) for text in (streams.out + streams.err).splitlines()]
        for wanted in shown:
            assert "…" in wanted or plain(wanted) in printed, f"{line} does not print {wanted!r}"
    (program,) = blocks("tour", "python")
    exec(compile(program, "tour.md", "exec"), {})
    assert capsys.readouterr().out.startswith("horse from 0.0 to 2.0 s\nperson from 2.0 to 4.0 s\n")


@pytest.fixture
def run(folder, draw_clip, model_folder, monkeypatch):
    """Runs a line among the files that the guides name, with a model that is quick and knows dogs and cars."""
    model = load(model_folder)
    monkeypatch.setattr("ravs.inference.segmenter.load", lambda *_: model)
    for name in ("clip.mp4", "videos/clip.mp4", "videos/other.mp4"):
        draw_clip(folder / name, seconds=1)
    with wave.open(str(folder / "bark.wav"), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes((8000 * np.sin(np.arange(16000) * 0.2)).astype("<i2").tobytes())

    def run(line):
        words = shlex.split(line, comments=True)[1:]
        return main([*words, "-m", str(model_folder)] if words[0] in ("segment", "clip.mp4") else words)

    assert run("ravs clip.mp4") == 0
    return run


@pytest.mark.parametrize("page", GUIDES)
def test_the_lines_of_a_guide_end_well_one_after_the_other(page, run, capsys):
    for line in "".join(blocks(page, "")).splitlines():
        if line.startswith("ravs "):
            assert run(line) == 0, f"{line}: {capsys.readouterr().err}"
