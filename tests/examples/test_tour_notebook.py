"""examples/tour.ipynb runs from top to bottom, and what it says of the clip is so."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
NOTEBOOK = json.loads((EXAMPLES / "tour.ipynb").read_text(encoding="utf-8"))
CELLS = ["".join(cell["source"]) for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code"]


def test_the_notebook_is_kept_without_outputs():
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in NOTEBOOK["cells"])


@pytest.mark.slow
def test_the_notebook_runs_from_top_to_bottom(tmp_path, monkeypatch):
    shutil.copytree(EXAMPLES / "film", tmp_path / "film")
    monkeypatch.chdir(tmp_path)
    names = {}
    for number, cell in enumerate(CELLS):
        exec(compile(cell, f"cell {number}", "exec"), names)
    assert [event.name for event in names["prediction"].events] == ["horse"]
    assert names["prediction"].silence_test.kept_area == 0
    assert names["wider"].mask("horse", 1.0).sum() > names["mask"].sum() > 0
    assert np.asarray(names["spotlight"]).shape == (288, 512, 3)
    assert (tmp_path / "ravs-out" / "horses" / "timeline.csv").is_file()
