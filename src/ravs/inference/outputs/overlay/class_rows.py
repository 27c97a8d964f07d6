"""The sounding classes, each with its color and its times: rows of the timeline strip."""

from dataclasses import dataclass

from ravs.inference.outputs.overlay.style import Color, overlay_color
from ravs.inference.outputs.source_part import Span
from ravs.structures.prediction import Prediction


@dataclass(frozen=True, slots=True)
class ClassRow:
    """A class and the times at which it sounds."""

    name: str
    color: Color
    spans_s: tuple[tuple[float, float], ...]

    @property
    def text(self) -> str:
        """The name as people write it."""
        return self.name.replace("_", " ")


def class_rows(prediction: Prediction, span_s: Span) -> list[ClassRow]:
    """The classes that sound within a span of time, in the order of their first second."""
    spans: dict[str, list[tuple[float, float]]] = {}
    for event in prediction.events:
        if event.end_s > span_s[0] and event.start_s < span_s[1]:
            spans.setdefault(event.name, []).append((event.start_s, event.end_s))
    colors = {name: overlay_color(index) for index, name in enumerate(prediction.classes)}
    return [ClassRow(name, colors[name], tuple(times)) for name, times in spans.items()]


def longest_sounding(rows: list[ClassRow], count: int) -> list[ClassRow]:
    """The `count` classes that sound longest, in their original order."""
    lengths = [sum(end_s - start_s for start_s, end_s in row.spans_s) for row in rows]
    longest = sorted(range(len(rows)), key=lambda index: -lengths[index])[:count]
    return [rows[index] for index in sorted(longest)]
