"""Fault tolerance: a run killed at random moments ends with the weights of an unbroken one."""

import json
import os
import subprocess
from pathlib import Path

import pytest

import ravs


@pytest.mark.slow
def test_the_debug_recipe_killed_at_random_moments_ends_with_the_same_weights_bit_for_bit(
    tmp_path, library_root, forked_python
):
    program = [
        forked_python,
        str(Path(__file__).parent / "stopped_run.py"),
        str(library_root),
        str(tmp_path / "runs"),
        "3",
    ]
    environment = os.environ | {"PYTHONPATH": str(Path(ravs.__file__).parents[1]), "OMP_NUM_THREADS": "1"}
    run = subprocess.run(program, capture_output=True, text=True, check=False, env=environment)
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout.splitlines()[-1])
    assert len([kept for kept in found["kills"] if kept != "none"]) >= 4
    unbroken, broken = found["hashes"]
    assert broken == unbroken
    unbroken, broken = found["curves"]
    assert len(unbroken) > 10 and broken == unbroken
    unbroken, broken = found["metrics"]
    assert broken == unbroken
    assert not [name for name in found["left"] if "writing" in name or name.endswith(".part")]
