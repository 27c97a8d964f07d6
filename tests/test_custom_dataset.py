"""The walkthrough of docs/own-data.md, run line by line, prints what the page shows."""

import re
from pathlib import Path

import pytest

from ravs.cli.main import main

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/own-data.md").read_text(encoding="utf-8").partition("\n## What ")[0]
BLOCK = re.compile(r"^```(console|python)\n(.*?)^```", re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
CLOSE = 0.2  # tolerance for numbers of a model that was trained for two steps


def plain(line):
    """A line without the numbers that training gives, whatever its spaces."""
    return " ".join(NUMBER.sub("#", line).split())


def check_printed(printed, page, command):
    """Each line of the page is printed, in that order, with numbers that are close; … stands for lines between."""
    lines = iter(printed.splitlines())
    for wanted in page.splitlines():
        if wanted.strip() not in ("", "…"):
            found = next((line for line in lines if plain(line) == plain(wanted)), None)
            assert found is not None, f"{command} does not print {wanted!r}, but {printed}"
            numbers = [[float(number) for number in NUMBER.findall(line)] for line in (found, wanted)]
            assert numbers[0] == pytest.approx(numbers[1], rel=CLOSE, abs=CLOSE), command


def run(command, capsys):
    program, *words = command.split()
    assert program == "ravs" and main(words) == 0, capsys.readouterr().err
    return capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_the_walkthrough_prints_what_the_page_shows(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    blocks = BLOCK.findall(PAGE)
    assert [kind for kind, _ in blocks] == ["console", "python", "console", "console"]
    for kind, text in blocks:
        if kind == "python":
            exec(compile(text, "own-data.md", "exec"), {})
            continue
        for block in text.split("$ ")[1:]:
            command, _, wanted = block.partition("\n")
            check_printed(run(command, capsys), wanted, command)
