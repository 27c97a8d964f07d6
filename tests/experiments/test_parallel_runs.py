"""Runs at once: how many, on which GPU, and what comes back."""

from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict

import pytest

from ravs.config.recipe import OptimizerRecipe
from ravs.errors import RavsError
from ravs.experiments import parallel_runs as pool
from ravs.experiments.parallel_runs import default_jobs, gpu_of_each_job, run_parallel


def test_runs_at_once_have_a_gpu_each_where_there_are_some(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert gpu_of_each_job(2) == [None, None]
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert gpu_of_each_job(3) == ["0", "1", "0"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "5,3")
    assert gpu_of_each_job(3) == ["5", "3", "5"]


def test_as_many_runs_at_once_as_there_are_gpus_or_else_one_for_two_cores(monkeypatch):
    monkeypatch.setattr("torch.cuda.device_count", lambda: 3)
    assert default_jobs() == 3
    monkeypatch.setattr("torch.cuda.device_count", lambda: 0)
    for cores, jobs in ((1, 1), (2, 1), (4, 2), (7, 3), (64, 8)):
        monkeypatch.setattr(pool, "cores", lambda cores=cores: cores)
        assert default_jobs() == jobs


@pytest.mark.slow
def test_runs_at_once_are_carried_out_by_processes_of_their_own_and_come_back_as_they_are_done():
    results = list(run_parallel(asdict, [OptimizerRecipe(seed=seed) for seed in (1, 2, 3)], 2))  # quick to import
    assert sorted(result["seed"] for result in results) == [1, 2, 3]


def test_a_worker_that_is_ended_from_outside_is_one_clear_line(monkeypatch):
    class Pool:
        def __init__(self, *_given):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *_given):
            return False

        def submit(self, *_given):
            future = Future()
            future.set_exception(BrokenProcessPool())
            return future

        def shutdown(self, **_given):
            pass

    monkeypatch.setattr("ravs.parallel.ProcessPoolExecutor", Pool)
    with pytest.raises(RavsError, match="run again to resume, with fewer jobs than 2"):
        list(run_parallel(str, [1, 2], 2))
