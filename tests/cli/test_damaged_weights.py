"""Weights that are empty or cut off: one line and exit code 3, whichever verb reads them."""

import shutil
from pathlib import Path

import pytest

from ravs.cli.main import main


@pytest.fixture
def damaged(tmp_path, model_folder):
    def damage(left):
        folder = shutil.copytree(model_folder, tmp_path / "damaged")
        whole = (folder / "model.safetensors").read_bytes()
        (folder / "model.safetensors").write_bytes(whole[: int(left * len(whole))])
        return str(folder)

    return damage


@pytest.mark.parametrize("left", [0, 0.5])
def test_damaged_weights_are_one_line_and_exit_code_three(tmp_path, damaged, draw_clip, miniature, capsys, left):
    model, out = damaged(left), str(tmp_path / "out")
    data, video = str(miniature("ms3", folder=tmp_path / "ms3")), str(draw_clip(tmp_path / "a.mp4", seconds=1))
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(f"preset: ravs-debug\ninitial: {model}\ndata: {{set: ms3}}\ntraining: {{steps: 1}}\n")
    for words in (
        ["segment", video, "-m", model, "-o", out],
        ["evaluate", model, data, "--out", out],
        ["visualize", model, video, "--out", out],
        ["train", str(recipe), "--data", data, "--out", out],
    ):
        assert main(words) == 3, words
        error = capsys.readouterr().err.removeprefix(f"loading {Path(model).name} …\n")  # said before it is tried
        assert error.startswith("ravs: ") and len(error.splitlines()) == 1 and "damaged" in error, words
