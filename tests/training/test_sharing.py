"""The bar of distributed training: two processes have the losses of one with the same batches."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import ravs
from ravs.training.journal import read_log


@pytest.mark.slow
def test_two_processes_have_the_losses_of_one_and_count_each_validation_clip_once(tmp_path, library_root):
    program = [sys.executable, str(Path(__file__).parent / "sharing.py"), str(library_root), str(tmp_path), "20"]
    environment = os.environ | {"PYTHONPATH": str(Path(ravs.__file__).parents[1]), "OMP_NUM_THREADS": "1"}
    run = subprocess.run(program, capture_output=True, text=True, check=False, env=environment)
    assert run.returncode == 0, run.stderr
    one, two = (
        {record["step"]: record["loss"] for record in read_log(tmp_path / name / "log.jsonl") if "loss" in record}
        for name in ("processes-1", "processes-2")
    )
    assert sorted(one) == sorted(two) == list(range(1, 21))
    assert max(abs(one[step] - two[step]) for step in one) < 1e-5
    figures = [json.loads((tmp_path / name / "figures.json").read_text()) for name in ("processes-1", "processes-2")]
    counted = [key for key in figures[0] if key.endswith(("_j", "_f", "_marked", "_class"))]
    assert len(counted) >= 8
    for key in counted:
        assert figures[1][key] == pytest.approx(figures[0][key], abs=1e-3)  # a clip more or less would be 0.1
    assert len({(tmp_path / f"processes-{n}" / "log.jsonl").read_text().count("\n") for n in (1, 2)}) == 1
