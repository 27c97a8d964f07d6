"""Peak memory of building a model and one forward pass, in a process of its own."""

import os
import subprocess
import sys

import torch

from ravs.evaluation.speed.meter import STATUS, resident_mb
from ravs.evaluation.speed.speed_inputs import build_model_and_inputs
from ravs.evaluation.speed.speed_settings import SpeedSettings


def peak_mb_in_subprocess(settings: SpeedSettings) -> float:
    """Peak memory in a fresh process, above that of its imports."""
    modules = ("speed_settings import SpeedSettings", "process_memory import peak_mb")
    imports = "; ".join(f"from ravs.evaluation.speed.{module}" for module in modules)
    code = f"{imports}; print(peak_mb({settings!r}))"
    paths = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **paths}, capture_output=True, text=True, check=True
    )
    return float(done.stdout.strip().splitlines()[-1])


def peak_mb(settings: SpeedSettings) -> float:
    """Peak resident megabytes, above the peak of this process so far."""
    before = peak_resident_mb()
    torch.set_num_threads(settings.threads)
    model, inputs = build_model_and_inputs(settings, settings.preset)
    with torch.inference_mode():
        model(**inputs)
    return peak_resident_mb() - before


def peak_resident_mb() -> float:
    """Peak resident megabytes of this process.

    Linux's getrusage includes the parent's memory before it started this process; /proc does not.
    """
    if STATUS.exists():
        return resident_mb("VmHWM")
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # macOS counts in bytes
