import json
import shutil

import pytest

from ravs.cli.main import main


@pytest.fixture(scope="session")
def drawn(tmp_path_factory, draw_clip):
    """A sounding clip, a silent track and a clip without a sound track, drawn once."""
    folder = tmp_path_factory.mktemp("drawn")
    draw_clip(folder / "a.mp4")
    draw_clip(folder / "quiet.mp4", seconds=1.0, volume=0.0)
    draw_clip(folder / "trackless.mp4", seconds=1.0, sounds=False)
    return folder


@pytest.fixture
def place(tmp_path, monkeypatch, drawn):
    """An empty working folder, and a way to put drawn clips into it."""
    monkeypatch.chdir(tmp_path)

    def put(name, where):
        (tmp_path / where).parent.mkdir(parents=True, exist_ok=True)
        return shutil.copy(drawn / name, tmp_path / where)

    return put


class Run:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def lines(self):
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture(scope="session")
def load_once():
    """`load` that remembers: the same weights are read once, not for every test."""
    from functools import cache

    from ravs.inference.segmenter import load

    return cache(load)


@pytest.fixture
def ravs(capfd, monkeypatch, model_folder, load_once):
    """Runs the command in this process: exit code, standard output, standard error. `-m` is the tiny model."""

    monkeypatch.setattr("ravs.inference.segmenter.load", load_once)

    def run(*words, model=model_folder):
        capfd.readouterr()
        code = main([*map(str, words), *(["-m", str(model)] if model else [])])
        return Run(code, *capfd.readouterr())

    return run
