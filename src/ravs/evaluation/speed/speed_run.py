"""`ravs benchmark`: forward passes and bare visual encoder in turn, then every part by itself."""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor

from ravs.evaluation.speed.forward_parts import measure_parts
from ravs.evaluation.speed.growth import measure_growth
from ravs.evaluation.speed.machine_load import MachineLoad
from ravs.evaluation.speed.meter import Cost, Meter
from ravs.evaluation.speed.model_cost import count_flops, count_parameters
from ravs.evaluation.speed.process_memory import peak_mb_in_subprocess
from ravs.evaluation.speed.speed_inputs import build_model_and_inputs
from ravs.evaluation.speed.speed_report import ModelSpeed, SpeedReport
from ravs.evaluation.speed.speed_settings import SpeedSettings
from ravs.evaluation.speed.video_parts import measure_video_parts
from ravs.inference.device import pick_device
from ravs.modeling.base import AVSModel

Subject = tuple[AVSModel, dict[str, Tensor]]


def measure_speed(settings: SpeedSettings) -> SpeedReport:
    """Measure time here, and on a CPU memory in a fresh process. Sets torch's number of threads."""
    meter = Meter(pick_device(settings.device))
    torch.set_num_threads(settings.threads)
    machine = MachineLoad.now(meter.device)
    names = (settings.preset, *settings.rivals)
    subjects = [build_model_and_inputs(settings, name) for name in names]
    *times, bare = time_in_turn(subjects, settings.runs, meter)
    model, inputs = subjects[0]
    return SpeedReport(
        setting=settings,
        machine=machine,
        bare=Cost.of(bare),
        models={
            name: model_speed(subject, seconds, bare)
            for name, subject, seconds in zip(names, subjects, times, strict=True)
        },
        peak_mb=peak_mb_in_subprocess(settings)
        if meter.device.type == "cpu"
        else peak_mb_of_device(subjects[0], meter),
        parts=measure_parts(model, inputs, settings.runs, meter),
        video_parts=measure_video_parts(model.config, settings.seconds, settings.video_size, settings.runs),
        growth=measure_growth(model, settings, meter),
        choices=dict(settings.changes) | attention_form_of(model),
    )


@torch.inference_mode()
def time_in_turn(subjects: list[Subject], runs: int, meter: Meter) -> list[list[float]]:
    """Seconds of each model's forward pass and of the first one's bare visual encoder, in turn, after one warm-up."""
    model, inputs = subjects[0]
    images = inputs["pixel_values"].flatten(0, 1)

    def bare() -> None:
        with model.mixed_precision():
            model.visual_encoder(images)

    calls: list[Callable[[], Any]] = [*(partial(model, **clip) for model, clip in subjects), bare]
    times: list[list[float]] = [[] for _ in calls]
    for run in range(runs + 1):
        for call, spent in zip(calls, times, strict=True):
            seconds = meter.seconds(call)
            if run > 0:
                spent.append(seconds)
    return times


def model_speed(subject: Subject, seconds: list[float], bare: list[float]) -> ModelSpeed:
    """A model's forward pass beside the bare visual encoder of the same turns."""
    model, inputs = subject
    ratio = Cost.of(whole / encoder for whole, encoder in zip(seconds, bare, strict=True))
    return ModelSpeed(
        whole=Cost.of(seconds),
        ratio=ratio.median_s,
        ratio_range=(ratio.least_s, ratio.most_s),
        parameters=count_parameters(model),
        flops=count_flops(model, inputs),
    )


@torch.inference_mode()
def peak_mb_of_device(subject: Subject, meter: Meter) -> float | None:
    """What weights and one forward pass need on an accelerator, in megabytes."""
    model, inputs = subject
    peak = meter.peak_mb(partial(model, **inputs))
    weights = sum(parameter.numel() * parameter.element_size() for parameter in model.parameters())
    return None if peak is None else peak + weights / 1e6


def attention_form_of(model: AVSModel) -> dict[str, str]:
    """The form of attention that a model uses, where two give equal results at different cost."""
    form = getattr(model.config, "attention_form", None)
    return {} if form is None else {"attention_form": form}
