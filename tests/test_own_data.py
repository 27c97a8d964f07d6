"""The walk of docs/own-data.md, run line by line: what it prints is what stands there."""

import re
from pathlib import Path

import pytest

from ravs.cli.main import main

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/own-data.md").read_text(encoding="utf-8").partition("\n## What ")[0]
BLOCK = re.compile(r"^```(console|python)\n(.*?)^```", re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
CLOSE = 0.2  # of figures of a model that was trained for two steps


def told(text):
    """Lines without numbers that training gives, and these."""
    lines = [" ".join(NUMBER.sub("#", line).split()) for line in text.splitlines()]
    return [line for line in lines if line], [float(number) for number in NUMBER.findall(text)]


def run(command, capsys):
    program, *words = command.split()
    assert program == "ravs" and main(words) == 0, capsys.readouterr().err
    return capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_the_walk_prints_what_the_page_says(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for folder in ("examples", "recipes"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    blocks = BLOCK.findall(PAGE)
    assert [kind for kind, _ in blocks] == ["console", "python", "console", "console"]
    for kind, text in blocks:
        if kind == "python":
            exec(compile(text, "own-data.md", "exec"), {})
            continue
        for block in text.split("$ ")[1:]:
            command, _, wanted = block.partition("\n")
            lines, numbers = told(run(command, capsys))
            shown, figures = told(wanted)
            assert lines[: len(shown)] == shown, command
            assert numbers[: len(figures)] == pytest.approx(figures, rel=CLOSE, abs=CLOSE), command
