"""Time and memory of a complete forward pass, beside the bare visual encoder in the same run (verb `benchmark`)."""

import json
import os
import platform
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import torch
from torch import Tensor

from ravs.config import RavsConfig
from ravs.errors import InputError
from ravs.modeling.base import AVSModel
from ravs.modeling.encoders.audio.front_ends import front_end
from ravs.modeling.registry import build as build_model


@dataclass(frozen=True)
class SpeedSettings:
    """What is measured, and how often. CPU, float32, random weights and inputs: their values do not change the cost."""

    preset: str
    seconds: int = 5
    size: int = 224
    runs: int = 7
    threads: int = 2
    changes: tuple[tuple[str, Any], ...] = ()  # keys of the preset's configuration with values

    def __post_init__(self) -> None:
        for key in ("seconds", "size", "runs", "threads"):
            if getattr(self, key) < 1:
                raise InputError(f"{key} is {getattr(self, key)}; it must be a whole number of at least 1")


@dataclass(frozen=True)
class SpeedReport:
    """Medians over alternating runs; the ratio is the median of forward pass over bare encoder, pair by pair."""

    setting: SpeedSettings
    whole_s: float
    bare_s: float
    ratio: float
    ratio_range: tuple[float, float]
    peak_mb: float
    parts_s: dict[str, float]
    choices: dict[str, Any]  # what was changed, and which of two equivalent forms was timed

    def as_text(self) -> str:
        """A few lines of text, the last one JSON."""
        settings = self.setting
        subject = " ".join([settings.preset, *(f"({key} {value})" for key, value in self.choices.items())])
        parts = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in self.parts_s.items())
        return "\n".join(
            [
                f"{subject}, {settings.seconds} frames of {settings.size} px, CPU float32, "
                f"{settings.threads} threads, torch {torch.__version__}, {settings.runs} alternating runs",
                f"whole forward {self.whole_s:.2f} s, bare visual encoder {self.bare_s:.2f} s, "
                f"ratio {self.ratio:.3f} ({self.ratio_range[0]:.3f} to {self.ratio_range[1]:.3f})",
                f"in the whole forward: {parts}",
                f"peak memory above the imported package: {self.peak_mb:.0f} MB",
                json.dumps({**asdict(self), "torch": torch.__version__, "machine": platform.machine()}),
            ]
        )


def measure_speed(settings: SpeedSettings) -> SpeedReport:
    """Measure time here and memory in a fresh process. Sets torch's number of threads."""
    torch.set_num_threads(settings.threads)
    model, inputs = build_model_and_inputs(settings)
    whole, bare = time_alternately(model, inputs, settings.runs)
    ratios = sorted(a / b for a, b in zip(whole, bare, strict=True))
    return SpeedReport(
        setting=settings,
        whole_s=median(whole),
        bare_s=median(bare),
        ratio=median(ratios),
        ratio_range=(ratios[0], ratios[-1]),
        peak_mb=peak_mb_in_subprocess(settings),
        parts_s=time_parts(model, inputs, settings.runs),
        choices=dict(settings.changes) | attention_form_of(model),
    )


def build_model_and_inputs(settings: SpeedSettings) -> tuple[AVSModel, dict[str, Tensor]]:
    """The preset's model in evaluation mode, and one clip of noise."""
    config = RavsConfig.preset(settings.preset, **dict(settings.changes))
    front = front_end(config.audio_encoder)
    inputs = {
        "pixel_values": torch.randn(1, settings.seconds, 3, settings.size, settings.size),
        "audio_features": torch.randn(1, settings.seconds, front.planes, front.time, front.bins),
    }
    return build_model(config), inputs


def attention_form_of(model: AVSModel) -> dict[str, str]:
    """The form of attention that a model uses, where two give equal results at different cost."""
    form = getattr(model.config, "attention_form", None)
    return {} if form is None else {"attention_form": form}


def parse_change(text: str) -> tuple[str, Any]:
    """A configuration key and its value from KEY=VALUE. Raises: InputError."""
    key, equals, value = text.partition("=")
    if not equals:
        raise InputError(f"--set {text}: write KEY=VALUE, for example attention_form=published")
    try:
        return key, json.loads(value)
    except ValueError:
        return key, value  # a word


@torch.inference_mode()
def time_alternately(model: AVSModel, inputs: dict[str, Tensor], runs: int) -> tuple[list[float], list[float]]:
    """Seconds of each complete forward pass and each bare visual encoder, alternating, after one warm-up of each."""
    images = inputs["pixel_values"].flatten(0, 1)
    times: tuple[list[float], list[float]] = ([], [])
    for run in range(runs + 1):
        for durations, call in ((times[0], lambda: model(**inputs)), (times[1], lambda: model.visual_encoder(images))):
            start = time.perf_counter()
            call()
            if run > 0:
                durations.append(time.perf_counter() - start)
    return times


@torch.inference_mode()
def time_parts(model: AVSModel, inputs: dict[str, Tensor], runs: int) -> dict[str, float]:
    """Median seconds of the parts of a forward pass: encoders, each alignment, decoder, temporal attention, heads."""
    modules = model.parts()
    spent: dict[str, list[float]] = {name: [] for name in modules}
    started: dict[str, float] = {}
    handles = []
    for name, module in modules.items():

        def before(*_: object, name: str = name) -> None:
            started[name] = time.perf_counter()

        def after(*_: object, name: str = name) -> None:
            spent[name].append(time.perf_counter() - started[name])

        handles += [module.register_forward_pre_hook(before), module.register_forward_hook(after)]
    for _ in range(runs):
        model(**inputs)
    for handle in handles:
        handle.remove()
    return {name: median(times) for name, times in spent.items()}


def peak_mb_in_subprocess(settings: SpeedSettings) -> float:
    """Peak memory of building a model and one forward pass in a fresh process, above that of its imports."""
    code = f"from ravs.evaluation.speed import SpeedSettings, peak_mb; print(peak_mb({settings!r}))"
    paths = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **paths}, capture_output=True, text=True, check=True
    )
    return float(done.stdout.strip().splitlines()[-1])


def peak_mb(settings: SpeedSettings) -> float:
    """Peak resident megabytes, above the peak of this process so far."""
    before = peak_resident_mb()
    torch.set_num_threads(settings.threads)
    model, inputs = build_model_and_inputs(settings)
    with torch.inference_mode():
        model(**inputs)
    return peak_resident_mb() - before


def peak_resident_mb() -> float:
    """Peak resident megabytes of this process.

    Linux's getrusage includes the parent's memory before it started this process; /proc does not.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1e3
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # macOS counts in bytes
