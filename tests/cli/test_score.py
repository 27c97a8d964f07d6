"""`ravs score` as a user calls it."""

import json

import numpy as np
import pytest
from PIL import Image

from ravs.cli.main import main


@pytest.fixture
def folders(tmp_path):
    mask = np.array([[0, 255], [255, 255]], np.uint8)
    for folder in ("pred", "true"):
        for name in ("a_1", "a_2"):
            path = tmp_path / folder / f"{name}.png"
            path.parent.mkdir(exist_ok=True)
            Image.fromarray(mask if (folder, name) != ("pred", "a_2") else 255 - mask).save(path)
    return [str(tmp_path / "pred"), str(tmp_path / "true")]


def test_json_gives_frames_and_protocols_as_fractions(folders, capsys):
    assert main(["score", *folders, "--protocol", "avsbench,dataset", "--batch-size", "2", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["frames"], set(result["protocols"])) == (2, {"avsbench", "dataset"})
    found = result["protocols"]["avsbench"]
    assert found["j"] == pytest.approx(0.5)  # one frame found, one missed
    assert found["batch_size"] == 2
    assert result["protocols"]["dataset"]["j"] == 3 / 7


def test_text_names_what_each_protocol_counts_and_the_batch_size(folders, capsys):
    assert main(["score", *folders]) == 0
    out = capsys.readouterr().out
    assert (
        "2 frames of 1 videos, 2 classes\ntruth: 8-bit gray images, 255 sounds; predictions: 8-bit gray images" in out
    )
    assert "(batch_size 20)" in out and "ddeseg    per dataset" in out


def test_csv_has_a_line_for_each_figure_and_latex_a_row(folders, capsys):
    assert main(["score", *folders, "--protocol", "dataset", "--csv"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "protocol,figure,value,low,high" and lines[1].startswith("dataset,j,0.428571")
    assert main(["score", *folders, "--protocol", "dataset", "--latex"]) == 0
    assert capsys.readouterr().out.splitlines()[1].startswith(r"pred & ")


def test_a_user_s_mistakes_are_one_line_and_their_exit_code(folders, capsys, tmp_path):
    assert main(["score", *folders, "--protocol", "iou"]) == 2
    assert "no protocol 'iou'" in capsys.readouterr().err
    assert main(["score", str(tmp_path / "none"), folders[1]]) == 4
    assert main(["score", *folders, "--scores", "softmax"]) == 2
    assert main(["score", *folders, "--json", "--csv"]) == 2
    assert "one form at a time" in capsys.readouterr().err
