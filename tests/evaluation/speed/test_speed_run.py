import json
import sys

import pytest
import torch

from ravs.cli.main import main
from ravs.errors import DeviceError, InputError
from ravs.evaluation.speed.meter import Meter
from ravs.evaluation.speed.speed_inputs import build_model_and_inputs
from ravs.evaluation.speed.speed_run import time_in_turn
from ravs.evaluation.speed.speed_settings import SpeedSettings, parse_counts, preset_of_method

SMALL = SpeedSettings("ravs-debug", seconds=2, size=64, runs=2, threads=1)
METER = Meter(torch.device("cpu"))
LINE = [
    "benchmark",
    "ravs-debug",
    "--seconds",
    "2",
    "--size",
    "64",
    "--runs",
    "2",
    "--threads",
    "1",
    "--video-height",
    "96",
]


@pytest.fixture(autouse=True)
def threads_as_they_were():
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


@pytest.mark.slow
def test_the_command_prints_its_setting_and_ends_with_one_json_line(capsys, monkeypatch, forked_python, tmp_path):
    monkeypatch.setattr(sys, "executable", forked_python)  # for the process whose memory is measured
    growth = ["--sides", "32,64", "--lengths", "1,3", "--chart", str(tmp_path / "speed.svg")]
    assert main([*LINE, "--against", "tpavi,avsegformer,cavp", *growth]) == 0
    *lines, last = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("ravs-debug, 2 frames of 64 px, cpu float32, 2 runs in turn")
    assert "1 threads on" in lines[1] and "load" in lines[1]
    found = json.loads(last)
    assert list(found["models"]) == ["ravs-debug", "tpavi-debug", "avsegformer-debug", "cavp-debug"]
    for speed in found["models"].values():
        assert speed["ratio_range"][0] <= speed["ratio"] <= speed["ratio_range"][1]
        assert speed["parameters"] > 1000 and speed["flops"] > 1000
    assert found["bare"]["least_s"] <= found["bare"]["median_s"] <= found["bare"]["most_s"]
    assert 1 < found["peak_mb"] < 500
    assert any(line.startswith("  grouping ") for line in lines)
    assert "on 2 s of 170 × 96, 25 frames a second, CPU:" in lines
    assert found["video_parts"]["overlay"]["median_s"] > 0
    points = {name: [(one["seconds"], one["size"]) for one in found["growth"][name]] for name in ("side", "seconds")}
    assert points == {"side": [(2, 32), (2, 64)], "seconds": [(1, 64), (3, 64)]}
    assert all(one["cost"]["median_s"] > 0 for each in found["growth"].values() for one in each)
    assert "growth" in (tmp_path / "speed.svg").read_text()


def test_forward_passes_and_the_bare_encoder_run_in_turn_and_as_often():
    subjects = [build_model_and_inputs(SMALL, name) for name in ("ravs-debug", "cavp-debug")]
    calls = []
    subjects[0][0].visual_encoder.register_forward_pre_hook(lambda *_: calls.append("bare"))
    for name, (model, _) in zip(("ravs", "cavp"), subjects, strict=True):
        model.register_forward_pre_hook(lambda *_, name=name: calls.append(name))
    times = time_in_turn(subjects, 3, METER)
    assert calls == ["ravs", "cavp", "bare"] * 4  # the first turn warms up
    assert [len(one) for one in times] == [3, 3, 3] and min(map(min, times)) > 0


def test_half_precision_is_that_of_the_weights(monkeypatch, capsys):
    monkeypatch.setattr("ravs.evaluation.speed.speed_run.peak_mb_in_subprocess", lambda settings: 1.0)
    monkeypatch.setattr("ravs.evaluation.speed.speed_run.measure_video_parts", lambda *_: {})
    assert main([*LINE, "--dtype", "bfloat16"]) == 0
    assert "cpu bfloat16" in capsys.readouterr().out
    model, _ = build_model_and_inputs(SpeedSettings("ravs-debug", dtype="bfloat16"), "ravs-debug")
    assert model.dtype == torch.bfloat16


def test_a_setting_that_measures_nothing_is_refused():
    with pytest.raises(InputError, match=r"runs is 0; it must be a whole number of at least 1"):
        SpeedSettings("ravs-debug", runs=0)
    with pytest.raises(InputError, match="video_height is 2; it must be a whole number of at least 64"):
        SpeedSettings("ravs-debug", video_height=2)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_device_that_is_not_there_is_refused():
    with pytest.raises(DeviceError, match="--device cuda: this PyTorch"):
        build_model_and_inputs(SpeedSettings("ravs-debug", device="cuda"), "ravs-debug")


def test_sides_and_lengths_are_whole_numbers():
    assert parse_counts("--sides", "224, 512") == (224, 512) and parse_counts("--sides", None) == ()
    with pytest.raises(InputError, match="--lengths 1,x: give whole numbers with commas between them"):
        parse_counts("--lengths", "1,x")
    with pytest.raises(InputError, match="each must be a whole number of at least 1"):
        SpeedSettings("ravs-debug", sides=(224, 0))


def test_a_method_is_timed_at_the_size_of_the_preset():
    assert preset_of_method("tpavi", "ravs-pvt-v2-b5-vggish") == "tpavi-pvt-v2-b5-vggish"
    assert preset_of_method("cavp", "cross-attention-tiny") == "cavp-tiny"
    assert preset_of_method("ravs-debug", "ravs-tiny") == "ravs-debug"
    assert preset_of_method("cavp", "ravs-film") == "cavp-tiny"  # which is class-matching-tiny
    with pytest.raises(InputError, match="no preset of it of the size of ravs-tiny-aisfx; name one of another size"):
        preset_of_method("class-matching", "ravs-tiny-aisfx")
    assert SpeedSettings("class-matching-tiny", against=("avsegformer", "ravs")).rivals == (
        "avsegformer-tiny",
        "ravs-tiny",
    )
