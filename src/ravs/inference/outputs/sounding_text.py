"""What sounds when, in one line of text for people."""

from collections import defaultdict
from typing import TYPE_CHECKING

from ravs.structures.clock import format_clock

if TYPE_CHECKING:
    import ravs.structures.prediction

MAX_LISTED_SPANS = 4  # of a class; the rest is counted


def describe_sounding(prediction: "ravs.structures.prediction.Prediction") -> str:
    """dog 0:03–0:11 · car 0:24–0:57 · nothing 28 s"""
    spans = defaultdict(list)
    for event in prediction.events:
        spans[event.name].append(f"{format_clock(round(event.start_s))}–{format_clock(round(event.end_s))}")
    parts = []
    for name, times in spans.items():
        more = [f"and {len(times) - MAX_LISTED_SPANS} more"] if len(times) > MAX_LISTED_SPANS else []
        parts.append(f"{name} {', '.join(times[:MAX_LISTED_SPANS] + more)}")
    silent = [frame for frame in prediction if not frame.objects]
    if silent:
        seconds = sum(_covered_seconds(prediction, frame.index) for frame in silent)
        parts.append(f"nothing {seconds:.3g} s" if seconds < 60 else f"nothing {format_clock(round(seconds))}")
    return " · ".join(parts)


def _covered_seconds(prediction: "ravs.structures.prediction.Prediction", index: int) -> float:
    """Seconds of the source that this mask stands for: from the end of the one before to its own end, in the source."""
    source = prediction.source
    first_s: float = max(source["start"], prediction.settings.get("start") or 0)
    last_s: float = source["start"] + source["duration"]
    before_s = prediction[index - 1].end_s if index else first_s
    return max(min(prediction[index].end_s, last_s) - before_s, 0)
