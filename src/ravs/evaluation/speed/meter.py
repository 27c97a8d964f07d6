"""Seconds and peak memory of a call, on the CPU or an accelerator."""

import ctypes
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import torch

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
RESET_PEAK = "5"  # what Linux takes to forget the peak of a process
MB = 1e6


@dataclass(frozen=True)
class Cost:
    """Seconds over several runs, and what one more needed of memory."""

    median_s: float
    least_s: float
    most_s: float
    peak_mb: float | None = None  # above what was in use before; None: not measured here

    @classmethod
    def of(cls, seconds: Iterable[float], peak_mb: float | None = None) -> "Cost":
        """The cost of these runs."""
        seconds = sorted(seconds)
        return cls(median(seconds), seconds[0], seconds[-1], peak_mb)


class Meter:
    """Measures calls on one device; an accelerator is waited for."""

    def __init__(self, device: torch.device) -> None:
        self.device = device

    def now(self) -> float:
        """Seconds of a clock, after the device has done its work."""
        if self.device.type != "cpu":
            torch.accelerator.synchronize(self.device)
        return time.perf_counter()

    def seconds(self, call: Callable[[], Any]) -> float:
        """How long a call takes."""
        began = self.now()
        call()
        return self.now() - began

    def peak_mb(self, call: Callable[[], Any]) -> float | None:
        """By how much memory in use rises at most during a call: resident memory on a CPU, else that of the device."""
        if self.device.type != "cpu":
            return self._device_peak_mb(call)
        if not CLEAR.exists():  # not Linux
            call()
            return None
        before = reset_peak_mb()
        call()
        return max(resident_mb("VmHWM") - before, 0.0)

    def cost(self, call: Callable[[], Any], runs: int) -> Cost:
        """Seconds of some runs after one that warms up, whose peak of memory is measured."""
        peak = self.peak_mb(call)
        return Cost.of((self.seconds(call) for _ in range(runs)), peak)

    def _device_peak_mb(self, call: Callable[[], Any]) -> float | None:
        module = torch.get_device_module(self.device)
        if not hasattr(module, "reset_peak_memory_stats"):
            call()
            return None
        module.reset_peak_memory_stats(self.device)
        before = module.memory_allocated(self.device)
        call()
        return float(module.max_memory_allocated(self.device) - before) / MB


def reset_peak_mb() -> float:
    """Forget the peak of this process so far; resident megabytes now. Linux alone.

    Memory that was freed but is kept for later is given back first (glibc), or what takes it again would cost nothing.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
    CLEAR.write_text(RESET_PEAK, encoding="ascii")
    return resident_mb("VmRSS")


def resident_mb(key: str) -> float:
    """Resident megabytes of this process: VmRSS now, VmHWM at the peak. Linux alone."""
    lines = STATUS.read_text(encoding="utf-8").splitlines()
    return int(next(line for line in lines if line.startswith(f"{key}:")).split()[1]) / 1e3
