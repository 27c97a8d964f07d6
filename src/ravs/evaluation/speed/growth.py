"""How time and memory of a forward pass grow with the side of the frames, and with the number of seconds."""

from dataclasses import dataclass
from functools import partial

import torch

from ravs.evaluation.speed.meter import Cost, Meter
from ravs.evaluation.speed.speed_inputs import noise
from ravs.evaluation.speed.speed_settings import SpeedSettings
from ravs.modeling.base import AVSModel

MAX_RUNS = 3  # the large ones take long


@dataclass(frozen=True)
class GrowthPoint:
    """A forward pass over a clip of this length and side."""

    seconds: int
    size: int
    cost: Cost


@torch.inference_mode()
def measure_growth(model: AVSModel, settings: SpeedSettings, meter: Meter) -> dict[str, tuple[GrowthPoint, ...]]:
    """Forward passes at each of the settings' sides, and at each of their lengths; nothing where there are none."""
    clips = {
        "side": [(settings.seconds, size) for size in settings.sides],
        "seconds": [(seconds, settings.size) for seconds in settings.lengths],
    }
    runs = min(settings.runs, MAX_RUNS)
    return {
        name: tuple(_measure(model, seconds, size, runs, meter) for seconds, size in each)
        for name, each in clips.items()
        if each
    }


def _measure(model: AVSModel, seconds: int, size: int, runs: int, meter: Meter) -> GrowthPoint:
    inputs = noise(model.config, seconds, size, meter.device)
    return GrowthPoint(seconds, size, meter.cost(partial(model, **inputs), runs))
