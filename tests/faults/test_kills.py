"""Commands that are killed at moments that hypothesis draws, and run again: they end as an unbroken run does."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.command_forks import Ended
from support.folders import contents

PARTS = 1000  # a moment is so many parts of what an unbroken run does
moments = st.lists(st.tuples(st.booleans(), st.integers(1, PARTS)), min_size=1, max_size=4)


@dataclass(frozen=True)
class Scenario:
    """A command, the folder it begins with, and the files that are never written again once they are there."""

    words: tuple
    start: Path
    finished: tuple[str, ...]

    def kept(self, folder: Path) -> dict[str, bytes]:
        """The finished files of a folder, without those of temporary ones."""
        files = {name: content for name, content in results(folder).items() if "/." not in name}
        return {name: content for name, content in files.items() if any(map(Path(name).match, self.finished))}


def results(folder: Path) -> dict[str, bytes]:
    """All files of a folder by their paths in it."""
    return {str(Path(name).relative_to(folder)): content for name, content in contents(folder).items()}


@pytest.fixture(scope="session")
def starts(tmp_path_factory, commands, draw_clip, miniatures, library_root) -> dict[str, Scenario]:
    """Each command's scenario."""
    root = tmp_path_factory.mktemp("starts")
    draw_clip(root / "segment" / "a.mp4", seconds=2.5)
    draw_clip(root / "segment" / "b.mp4", seconds=1.0)
    shutil.copytree(root / "segment", root / "render")
    segment = ("segment", "a.mp4", "b.mp4", "-f", "overlay,masks,json,timeline", "-m", commands.model)
    assert commands(*segment, folder=root / "render").code == 0
    render = ("render", "ravs-out/a", "ravs-out/b", "--threshold", "0.6", "-f", "overlay,masks,json,coco")
    miniatures.WRITERS["ms3"](root / "evaluate" / "ms3")
    evaluate = ("evaluate", commands.model, "ms3", "--split", "train", "-o", "out", "--workers", "1")
    evaluate += ("--save-predictions", "predictions")
    (root / "compose").mkdir()
    compose = ("compose", "out", "--library", library_root, "--count", "2", "--subset", "ms,negative", "-j", "1")
    return {
        "segment": Scenario(segment, root / "segment", ("done.json", "model-output.npz")),
        "render": Scenario(render, root / "render", ("model-output.npz",)),
        "evaluate": Scenario(evaluate, root / "evaluate", ("videos/*.npz",)),
        "compose": Scenario((*compose, "--size", "64"), root / "compose", ("meta.json", "masks/*.png", "video.mp4")),
    }


@pytest.fixture(scope="session")
def fresh(starts, tmp_path_factory) -> Callable[[str], Path]:
    """fresh(name): the folder in which a scenario's command runs, always at the same path, as it is at the start."""
    root = tmp_path_factory.mktemp("run")

    def make(name: str) -> Path:
        shutil.rmtree(root / name, ignore_errors=True)
        return shutil.copytree(starts[name].start, root / name)

    return make


@pytest.fixture(scope="session")
def unbroken(starts, commands, fresh) -> Callable:
    """unbroken(name): what a scenario's command makes that is not killed, and how it ended."""

    @cache
    def run(name: str) -> tuple[dict[str, bytes], Ended]:
        folder = fresh(name)
        ended = commands(*starts[name].words, folder=folder)
        assert ended.code == 0, ended.err
        return results(folder), ended

    return run


@pytest.fixture
def killed(starts, unbroken, commands, fresh) -> Callable:
    """killed(name, moments): the scenario's command, killed at these moments one after another, then run to its end."""

    def run(name: str, moments: list) -> int:
        scenario, (expected, ended) = starts[name], unbroken(name)
        folder, kills = fresh(name), 0
        for at_event, part in moments:
            kept, share = scenario.kept(folder), part / PARTS
            limit = {"fatal_event": max(1, round(ended.events * share))} if at_event else {}
            broken = commands(*scenario.words, folder=folder, **limit or {"fatal_cpu_s": ended.cpu_s * share})
            assert broken.code == 0 or broken.signal in ("SIGKILL", "SIGPROF"), broken.err
            kills += broken.code is None
            assert kept.items() <= scenario.kept(folder).items(), "something finished was lost or written again"
        last = commands(*scenario.words, folder=folder)
        assert last.code == 0, last.err
        found = results(folder)
        assert sorted(found) == sorted(expected)
        assert [name for name in found if found[name] != expected[name]] == []
        return kills

    return run


@settings(max_examples=1)
@given(moments)
@pytest.mark.parametrize("name", ["segment"])
def test_a_command_killed_at_any_moment_ends_with_what_an_unbroken_run_makes(killed, name, moments):
    killed(name, moments)


@pytest.mark.faults
@pytest.mark.parametrize("name", ["segment", "render", "evaluate", "compose"])
def test_many_kills_of_each_command_leave_nothing_lost_doubled_or_temporary(killed, name):
    kills = 0

    @settings(max_examples=15)
    @given(moments)
    def kill(moments):
        nonlocal kills
        kills += killed(name, moments)

    kill()
    assert kills >= 15
