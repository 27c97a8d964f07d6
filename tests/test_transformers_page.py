"""The lines of docs/transformers.md, of the processor's help and of the shipped models' cards run as they stand."""

import inspect
import re
import textwrap
import warnings
from pathlib import Path

import numpy as np
import pytest

import ravs

PAGE = Path(__file__).parent.parent / "docs" / "transformers.md"
FRAMES, AUDIO = np.zeros((2, 90, 160, 3), np.uint8), np.zeros((2, 96_000), np.float32)


def blocks(text):
    """The Python blocks of a page, as one program."""
    return "\n".join(re.findall(r"```python\n(.*?)```", text, re.DOTALL))


@pytest.mark.slow
def test_the_page_on_transformers_runs_from_top_to_bottom(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    known = {}
    with warnings.catch_warnings(action="ignore", category=UserWarning):  # of new rows
        exec(blocks(PAGE.read_text(encoding="utf-8")), known)
    assert known["names"] == ["background"] and known["found"] == []
    assert len(known["outputs"].hidden_states) == 4


def test_the_example_in_the_processors_help_runs():
    example = re.search(r"\n\n(    from ravs import .*?)\n\n`", inspect.getdoc(ravs.RavsProcessor), re.DOTALL)[1]
    known = {"frames": FRAMES, "audio": AUDIO}
    exec(textwrap.dedent(example), known)
    assert known["masks"].shape == (2, 720, 1280)


def test_the_readmes_lines_on_models_run():
    program = blocks((PAGE.parent.parent / "README.md").read_text(encoding="utf-8"))
    lines = program[program.index("from ravs import") : program.index("model = RavsModel(RavsConfig.preset")]
    known = {"frames": FRAMES, "audio": AUDIO}
    exec(lines, known)
    assert known["masks"].shape == (2, 720, 1280)
