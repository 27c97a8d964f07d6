"""Half precision: which dtype is taken, and how far its answers are from those of float32."""

import numpy as np
import pytest
import torch

import ravs
from ravs.errors import InputError
from ravs.inference.device import pick_dtype
from ravs.inference.predict import predict_probabilities
from ravs.structures.clip import Clip

CPU = torch.device("cpu")


def a_clip(seconds=2, rate_hz=32_000):
    draw = np.random.default_rng(0)
    return Clip(
        frames=draw.integers(0, 256, (seconds, 96, 128, 3), dtype=np.uint8),
        waveform=(0.2 * draw.standard_normal((2, seconds * rate_hz))).astype(np.float32),
        times_s=np.arange(1.0, seconds + 1),
        sample_rate_hz=rate_hz,
    )


@pytest.mark.parametrize(("dtype", "distance"), [("bfloat16", 0.06), (torch.float16, 0.01)])
def test_answers_in_half_precision_are_finite_and_near_those_in_float32(model_folder, dtype, distance):
    exact, half = ravs.load(model_folder, "cpu"), ravs.load(model_folder, "cpu", dtype)
    assert (exact.model.dtype, half.model.dtype) == (torch.float32, pick_dtype(dtype, CPU))
    pairs = zip(*(predict_probabilities(one.model, one.processor, a_clip()) for one in (exact, half)), strict=True)
    for wanted, found in pairs:
        assert found.dtype == torch.float32 and found.isfinite().all()
        torch.testing.assert_close(found, wanted, rtol=0, atol=distance)


def test_the_shipped_model_marks_nearly_the_same_pixels_in_bfloat16():
    exact, half = (ravs.load("ravs-tiny", "cpu", dtype) for dtype in ("float32", "bfloat16"))
    one, other = (predict_probabilities(known.model, known.processor, a_clip(1))[0][:, 0] for known in (exact, half))
    assert ((one < 0.5) != (other < 0.5)).float().mean() < 0.01


def test_auto_is_float32_without_a_gpu_and_names_are_those_of_torch():
    assert pick_dtype("auto", CPU) is torch.float32
    assert pick_dtype("torch.float16", CPU) is pick_dtype(torch.float16, CPU) is torch.float16
    for wrong in ("half", torch.float64):
        with pytest.raises(InputError, match="it must be auto, float32, bfloat16, float16"):
            pick_dtype(wrong, CPU)


@pytest.mark.parametrize(("native", "expected"), [(True, torch.bfloat16), (False, torch.float32)])
def test_auto_is_bfloat16_on_a_gpu_that_computes_in_it(native, expected, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: native)
    assert pick_dtype("auto", torch.device("cuda")) is expected
