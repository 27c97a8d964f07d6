"""Distributed training: two processes have the losses of one with the same batches.

Which group a token joins depends on the last digit of a distance, and so on the order of sums, which differs with two
processes. Over many steps the two are compared in float64, where that digit is far below a loss's.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest
from accelerate import DistributedType

import ravs
from ravs.config.recipe import OptimizerRecipe
from ravs.errors import InputError
from ravs.training.callbacks.log import read_log
from ravs.training.distributed import check_fsdp
from ravs.training.trainer.arguments import training_arguments

ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(ravs.__file__).parents[1]), "OMP_NUM_THREADS": "1"}


def run_both(python, library_root, folder):
    """Runs of one process and of two: 10 steps in float64, one in float32."""
    program = [python, str(Path(__file__).parent / "distributed_run.py")]
    words = [*program, str(library_root), str(folder), "float64=10", "float32=1"]
    run = subprocess.run(words, capture_output=True, text=True, check=False, env=ENVIRONMENT)
    assert run.returncode == 0, run.stderr


def losses_of(folder):
    """By step, of one process and of two."""
    return [
        {record["step"]: record["loss"] for record in read_log(folder / name / "log.jsonl") if "loss" in record}
        for name in ("processes-1", "processes-2")
    ]


@pytest.mark.slow
def test_two_processes_have_the_losses_of_one_and_count_each_validation_clip_once(
    tmp_path, library_root, forked_python
):
    run_both(forked_python, library_root, tmp_path)
    one, two = losses_of(tmp_path / "float32")
    assert abs(one[1] - two[1]) < 1e-5
    folder = tmp_path / "float64"
    one, two = losses_of(folder)
    assert sorted(one) == sorted(two) == list(range(1, 11))
    assert max(abs(one[step] - two[step]) for step in one) < 1e-5
    metrics = [json.loads((folder / name / "figures.json").read_text()) for name in ("processes-1", "processes-2")]
    counted = [key for key in metrics[0] if key.endswith(("_j", "_f", "_marked", "_class"))]
    assert len(counted) >= 8
    for key in counted:
        assert metrics[1][key] == pytest.approx(metrics[0][key], abs=1e-3)  # a clip more or less would be 0.1
    assert len({(folder / f"processes-{n}" / "log.jsonl").read_text().count("\n") for n in (1, 2)}) == 1
    seen = [path.read_text().split() for n in (1, 2) for path in sorted((folder / f"processes-{n}").glob("counted-*"))]
    # one process, and each of the two: every clip once
    assert [sum(map(int, counts)) for counts in seen] == [12, 12, 12]


STARTERS = {
    "torchrun": ("torch.distributed.run", "--standalone", "--nproc-per-node=2"),
    "accelerate": ("accelerate.commands.launch", "--multi_gpu", "--num_processes=2", "--main_process_port=0"),
}


def started(python, starter, library_root, out):
    """A run of a single step by two processes, as a user starts them."""
    program = [python, "-m", *STARTERS[starter], "-m", "ravs"]
    recipe = "debug"
    places = ["--library", str(library_root), "--out", str(out)]
    changes = ("model.classes=[bell, horn, drum, whistle]", "training.steps=1", "training.evaluate_every=1")
    settings = [word for change in changes for word in ("--set", change)]
    words = [*program, "train", recipe, *places, *settings]
    return subprocess.run(words, capture_output=True, text=True, check=False, env=ENVIRONMENT)


@pytest.mark.slow
@pytest.mark.parametrize("starter", STARTERS)
def test_each_launcher_starts_two_processes_that_share_a_run(starter, tmp_path, library_root, forked_python):
    run = started(forked_python, starter, library_root, tmp_path / "run")
    assert run.returncode == 0, run.stderr
    began, *records = read_log(tmp_path / "run" / "log.jsonl")
    assert (began["processes"], began["batch_size"], began["clips_each"]) == (2, 4, 2)
    assert [record["step"] for record in records if "loss" in record] == [1]
    assert (tmp_path / "run" / "figures.json").is_file()
    assert run.stdout.count(f"{tmp_path / 'run'}: eval_") == 1  # the first process alone reports


def test_fsdp_without_gpus_or_with_ema_is_refused(monkeypatch, tmp_path):
    check_fsdp(DistributedType.MULTI_CPU, 0.9)
    monkeypatch.setenv("ACCELERATE_USE_FSDP", "true")
    check_fsdp(DistributedType.MULTI_GPU, None)
    with pytest.raises(InputError, match=r"ema is 0\.9.*FSDP shards them: set it to null"):
        check_fsdp(DistributedType.MULTI_GPU, 0.9)
    with pytest.raises(InputError, match="asks for FSDP, which needs GPUs"):
        training_arguments(OptimizerRecipe(steps=1), tmp_path)
