"""What `ravs benchmark` prints: a table for people, and JSON in the last line."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from ravs.evaluation.speed.growth import GrowthPoint
from ravs.evaluation.speed.machine_load import MachineLoad
from ravs.evaluation.speed.meter import Cost
from ravs.evaluation.speed.sample_video import FPS
from ravs.evaluation.speed.speed_settings import SpeedSettings

HEAD = f"{'':28} {'median':>9} {'least':>9} {'most':>9} {'÷ bare':>8} {'peak':>9}"


@dataclass(frozen=True)
class ModelSpeed:
    """One model's forward pass; the ratio is the median of forward pass over bare encoder, turn by turn."""

    whole: Cost
    ratio: float
    ratio_range: tuple[float, float]
    parameters: int
    flops: int  # of a forward pass


@dataclass(frozen=True)
class SpeedReport:
    """All that was measured in one run."""

    setting: SpeedSettings
    machine: MachineLoad
    bare: Cost  # the first model's visual encoder alone
    models: dict[str, ModelSpeed]  # by preset; the one that was asked for first
    peak_mb: float | None  # of its weights and forward pass
    parts: dict[str, Cost]  # of its forward pass
    video_parts: dict[str, Cost]  # of a run on a video
    growth: dict[str, tuple[GrowthPoint, ...]]  # with the side, with the seconds
    choices: dict[str, Any]  # what was changed, and which of two equivalent forms was timed

    def as_text(self) -> str:
        """A table, and a last line of JSON."""
        return "\n".join([*self._lines(), json.dumps(asdict(self))])

    def _lines(self) -> Iterator[str]:
        settings = self.setting
        subject = " ".join([settings.preset, *(f"({key} {value})" for key, value in self.choices.items())])
        yield (
            f"{subject}, {settings.seconds} frames of {settings.size} px, {settings.device} {settings.dtype}, "
            f"{settings.runs} runs in turn"
        )
        yield self.machine.as_text()
        yield HEAD
        for name, speed in self.models.items():
            yield self._row(name, speed.whole, speed.ratio)
        yield self._row("bare visual encoder", self.bare)
        for name, cost in self.parts.items():
            yield self._row(f"  {name}", cost)
        height, width = settings.video_size
        yield f"on {settings.seconds} s of {width} × {height}, {FPS} frames a second, CPU:"
        for name, cost in self.video_parts.items():
            yield self._row(f"  {name}", cost)
        for name, points in self.growth.items():
            yield f"growth of {settings.preset} with the {name}, ÷ the first:"
            for point in points:
                share = point.cost.median_s / points[0].cost.median_s
                yield self._row(f"  {point.seconds} frames of {point.size} px", point.cost, share)
        for name, speed in self.models.items():
            low, high = speed.ratio_range
            counts = f"{speed.parameters / 1e6:.2f} M parameters, {speed.flops / 1e9:.2f} GFLOP"
            yield f"{name}: forward ÷ bare encoder {speed.ratio:.3f} ({low:.3f} to {high:.3f}), {counts}"
        if self.peak_mb is not None:
            yield f"peak memory of weights and forward pass: {self.peak_mb:.0f} MB"

    def _row(self, name: str, cost: Cost, ratio: float | None = None) -> str:
        times = (f"{seconds * 1e3:6.1f} ms" for seconds in (cost.median_s, cost.least_s, cost.most_s))
        peak = "" if cost.peak_mb is None else f"{cost.peak_mb:6.0f} MB"
        share = cost.median_s / self.bare.median_s if ratio is None else ratio
        return " ".join([f"{name:28}", *times, f"{share:8.3f}", peak]).rstrip()
