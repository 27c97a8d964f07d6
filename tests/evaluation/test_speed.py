import json
import sys

import pytest
import torch

from ravs.cli.main import main
from ravs.errors import InputError
from ravs.evaluation.speed import SpeedSettings, build_model_and_inputs, time_alternately, time_parts

SMALL = SpeedSettings("ravs-debug", seconds=2, size=64, runs=2, threads=1)


@pytest.fixture(autouse=True)
def threads_as_they_were():
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


@pytest.mark.slow
def test_the_command_prints_its_setting_and_ends_with_one_json_line(capsys, monkeypatch, forked_python):
    monkeypatch.setattr(sys, "executable", forked_python)  # for the process whose memory is measured
    assert main(["benchmark", "ravs-debug", "--seconds", "2", "--size", "64", "--runs", "2", "--threads", "1"]) == 0
    *lines, last = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("ravs-debug, 2 frames of 64 px, CPU float32, 1 threads")
    found = json.loads(last)
    assert found["setting"] == {
        "preset": "ravs-debug",
        "seconds": 2,
        "size": 64,
        "runs": 2,
        "threads": 1,
        "changes": [],
    }
    assert found["ratio_range"][0] <= found["ratio"] <= found["ratio_range"][1]
    assert 1 < found["peak_mb"] < 500


def test_complete_and_bare_forwards_run_alternately_and_as_often():
    model, inputs = build_model_and_inputs(SMALL)
    calls = []
    model.visual_encoder.register_forward_pre_hook(lambda *_: calls.append("bare"))
    model.register_forward_pre_hook(lambda *_: calls.append("whole"))
    whole, bare = time_alternately(model, inputs, 3)
    assert calls == ["whole", "bare"] * 4  # the first pair warms up
    assert len(whole) == len(bare) == 3 and min(whole + bare) > 0


def test_the_parts_of_a_forward_take_no_longer_than_it():
    model, inputs = build_model_and_inputs(SMALL)
    whole, _ = time_alternately(model, inputs, 3)
    found = time_parts(model, inputs, 3)
    assert list(found) == ["sound", "alignment 1", "alignment 2", "alignment 3", "decoder", "temporal", "heads"]
    assert 0 < sum(found.values()) < 3 * max(whole)
    assert not any(module._forward_hooks for module in model.modules())


def test_a_setting_that_measures_nothing_is_refused():
    with pytest.raises(InputError, match=r"runs is 0; it must be a whole number of at least 1"):
        SpeedSettings("ravs-debug", runs=0)
