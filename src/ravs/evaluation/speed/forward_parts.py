"""Time and memory of the parts of a forward pass: each part's calls are wrapped while they are measured."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor

from ravs.evaluation.speed.meter import Cost, Meter
from ravs.modeling.base import AVSModel

Call = tuple[Any, str]  # an object and the name of its method
Inputs = dict[str, Tensor]


def forward_calls(model: AVSModel) -> dict[str, list[Call]]:
    """What each part of a forward pass calls: visual encoder, the method's own parts, and grouping inside them."""
    modules = {name: [(module, "forward")] for name, module in model.parts().items()}
    groups: list[Call] = [(module, "group") for module in model.parts().values() if hasattr(module, "group")]
    return {"visual encoder": [(model.visual_encoder, "run_stage")], **modules} | (
        {"grouping": groups} if groups else {}
    )


@torch.inference_mode()
def measure_parts(model: AVSModel, inputs: Inputs, runs: int, meter: Meter) -> dict[str, Cost]:
    """The cost of each part. Where tokens are grouped, `merging` is the rest of the alignments: eq. 5 to 7."""
    calls = forward_calls(model)
    spent: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(runs):
        with ExitStack() as stack:
            sums = {name: stack.enter_context(_timed(part, meter)) for name, part in calls.items()}
            model(**inputs)
        for name, sum_ in sums.items():
            spent[name].append(sum(sum_))
    if "grouping" in calls:
        aligned = [times for name, times in spent.items() if name.startswith("alignment")]
        rest = zip(*aligned, spent["grouping"], strict=True)
        spent["merging"] = [sum(times) - grouping for *times, grouping in rest]
    peaks = {name: _peak_mb(model, inputs, part, meter) for name, part in calls.items()}
    return {name: Cost.of(times, peaks.get(name)) for name, times in spent.items()}


def _peak_mb(model: AVSModel, inputs: Inputs, part: list[Call], meter: Meter) -> float | None:
    """The highest peak of a part's calls in one forward pass."""
    peaks: list[float | None] = []

    def around(call: Callable[[], Any]) -> None:
        peaks.append(meter.peak_mb(call))

    with _wrapped(part, around):
        model(**inputs)
    measured = [peak for peak in peaks if peak is not None]
    return max(measured, default=None)


@contextmanager
def _timed(part: list[Call], meter: Meter) -> Iterator[list[float]]:
    """The seconds of each call of a part, while the context lasts."""
    seconds: list[float] = []
    with _wrapped(part, lambda call: seconds.append(meter.seconds(call))):
        yield seconds


@contextmanager
def _wrapped(part: list[Call], around: Callable[[Callable[[], Any]], Any]) -> Iterator[None]:
    """`around` is given each call of a part, and makes it once."""
    for owner, name in part:
        setattr(owner, name, _wrapper(getattr(owner, name), around))
    try:
        yield
    finally:
        for owner, name in part:
            delattr(owner, name)  # the class's own is there again, or that of another context


def _wrapper(function: Callable[..., Any], around: Callable[[Callable[[], Any]], Any]) -> Callable[..., Any]:
    def wrapper(*args: Any, **options: Any) -> Any:
        results: list[Any] = []
        around(lambda: results.append(function(*args, **options)))
        return results[0]

    return wrapper
