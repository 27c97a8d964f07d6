from types import SimpleNamespace

import pytest
import torch
from torch import nn

from ravs.evaluation.speed.forward_parts import forward_calls, measure_parts
from ravs.evaluation.speed.meter import Cost, Meter, reset_peak_mb, resident_mb
from ravs.evaluation.speed.model_cost import count_flops, count_parameters
from ravs.evaluation.speed.speed_inputs import build_model_and_inputs
from ravs.evaluation.speed.speed_settings import SpeedSettings

METER = Meter(torch.device("cpu"))
SMALL = SpeedSettings("ravs-debug", seconds=2, size=64, runs=2, threads=1)


class SlowMeter(Meter):
    """A clock that every look at it advances by a second."""

    looks = 0

    def now(self):
        self.looks += 1
        return float(self.looks)


def test_every_part_of_the_method_is_measured_and_the_model_is_left_as_it_was():
    model, inputs = build_model_and_inputs(SMALL, "ravs-debug")
    before = model(**inputs).logits
    found = measure_parts(model, inputs, 2, METER)
    alignments = ["alignment 1", "alignment 2", "alignment 3"]
    rest = ["decoder", "temporal", "uncertainty", "grouping", "merging"]
    assert list(found) == ["visual encoder", "audio encoder", *alignments, *rest]
    assert all(0 < cost.least_s <= cost.median_s <= cost.most_s for cost in found.values())
    assert all(name not in vars(owner) for calls in forward_calls(model).values() for owner, name in calls)
    torch.testing.assert_close(model(**inputs).logits, before)


def test_calls_of_a_part_add_up_and_merging_is_what_grouping_leaves_of_the_alignments():
    model, inputs = build_model_and_inputs(SMALL, "ravs-debug")
    found = measure_parts(model, inputs, 1, SlowMeter(torch.device("cpu")))
    assert found["visual encoder"].median_s == 4  # four stages, two looks at the clock for each
    assert found["alignment 1"].median_s == 3  # two looks more, for the grouping inside
    assert (found["grouping"].median_s, found["merging"].median_s) == (3, 6)


@pytest.mark.skipif(not resident_mb("VmRSS"), reason="needs Linux's /proc")
def test_the_peak_of_a_call_is_the_memory_that_it_takes_and_gives_back():
    def take():
        for megabytes in (40, 120, 60):
            torch.ones(megabytes * 250_000)

    peaks = [METER.peak_mb(take) for _ in range(5)]  # the system may take pages of this process back, or it read others
    assert sum(peak == pytest.approx(120, abs=12) for peak in peaks) >= 2, peaks
    assert reset_peak_mb() == pytest.approx(resident_mb("VmHWM"), abs=5)


def test_the_peak_on_an_accelerator_is_that_of_its_own_memory_and_its_work_is_waited_for(monkeypatch):
    calls = []
    memory = SimpleNamespace(
        reset_peak_memory_stats=lambda device: calls.append("reset"),
        memory_allocated=lambda device: 3_000_000,
        max_memory_allocated=lambda device: 5_500_000,
    )
    monkeypatch.setattr(torch, "get_device_module", lambda device: memory)
    monkeypatch.setattr(torch.accelerator, "synchronize", lambda device: calls.append("wait"))
    cost = Meter(torch.device("cuda:0")).cost(lambda: calls.append("work"), 1)
    assert cost.peak_mb == 2.5
    assert calls == ["reset", "work", "wait", "work", "wait"]


def test_a_cost_has_median_and_spread():
    assert Cost.of([3.0, 1.0, 2.0], 5.0) == Cost(2.0, 1.0, 3.0, 5.0)
    cost = METER.cost(lambda: None, 3)
    assert 0 <= cost.least_s <= cost.median_s <= cost.most_s < 1


def test_parameters_and_operations_are_counted_as_by_hand():
    model = nn.Sequential(nn.Linear(4, 8), nn.Linear(8, 2, bias=False))
    assert count_parameters(model) == 4 * 8 + 8 + 8 * 2
    assert count_flops(model, {"input": torch.ones(3, 4)}) == 2 * 3 * (4 * 8 + 8 * 2)
