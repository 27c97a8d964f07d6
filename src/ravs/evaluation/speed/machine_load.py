"""The machine on which something is measured, and how busy it is."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path

import torch

CPU_FACTS = Path("/proc/cpuinfo")


@dataclass(frozen=True)
class MachineLoad:
    """Facts without which a time says little."""

    machine: str
    cpu: str
    device: str  # name of the accelerator, or cpu
    cores: int  # that this process may use
    threads: int  # of torch
    load: float | None  # average over a minute, before anything was measured; None: not known here
    version: str  # of torch

    @classmethod
    def now(cls, device: torch.device) -> "MachineLoad":
        """As it is at this moment."""
        has_load = hasattr(os, "getloadavg")
        return cls(
            machine=platform.machine(),
            cpu=_cpu_name(),
            device="cpu" if device.type == "cpu" else torch.get_device_module(device).get_device_name(device),
            cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
            threads=torch.get_num_threads(),
            load=round(os.getloadavg()[0], 2) if has_load else None,
            version=torch.__version__,
        )

    def as_text(self) -> str:
        """One line."""
        load = "not known" if self.load is None else f"{self.load:.1f}"
        where = self.cpu if self.device == "cpu" else f"{self.device}, {self.cpu}"
        return f"{where}, {self.threads} threads on {self.cores} cores, load {load}, torch {self.version}"


def _cpu_name() -> str:
    if CPU_FACTS.exists():
        for line in CPU_FACTS.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
