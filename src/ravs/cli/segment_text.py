"""Sources, predictions and results, each in one line of text."""

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from ravs.inference.segment_job.result_folder import FORMATS, count
from ravs.inference.segment_job.task import SegmentTask
from ravs.structures.clock import format_clock

if TYPE_CHECKING:
    import ravs.inference.source_info
    import ravs.structures.prediction

MAX_LISTED_SPANS = 4  # of a class; the rest is counted


def describe_source_line(path: Path, info: "ravs.inference.source_info.SourceInfo") -> str:
    """street.mp4  1280×720  29.97 fps  1:02.3  sound 48 kHz stereo"""
    parts = [str(path), f"{info.width}×{info.height}"]
    if info.fps is not None:
        top, _, bottom = info.fps.partition("/")
        rate = int(top) / int(bottom or 1)
        parts.append(f"{rate:.4g} fps" if rate < 1000 else f"{rate:.0f} fps")
    return "  ".join([*parts, format_clock(info.duration_s), _describe_audio(info.audio)])


def describe_sounding(prediction: "ravs.structures.prediction.Prediction") -> str:
    """dog 0:03–0:11 · car 0:24–0:57 · nothing 28 s"""
    spans = defaultdict(list)
    for event in prediction.main_events:
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


def describe_silence_test(test: "ravs.structures.prediction.SilenceTest") -> str:
    """silence test: 4.1 % of the area stays (dog)"""
    names = f" ({', '.join(test.names)})" if test.names else ""
    return f"silence test: {100 * test.kept_area:.1f} % of the area stays{names}"


def describe_results(task: SegmentTask) -> str:
    """ravs-out/street/  overlay.mp4  masks/ (62)  street.json"""
    names: list[str] = []
    for name in FORMATS:
        if name in task.formats:
            files = task.target.files(name)
            counted = name in ("masks", "uncertainty")
            names += [f"{name}/ ({count(task.target.path, files)})"] if counted else files
    return "  ".join([f"{task.target.path}/", *names])


def _describe_audio(audio: "ravs.inference.source_info.SourceAudio | None") -> str:
    """sound 48 kHz stereo"""
    if audio is None:
        return "no sound"
    layout = {1: "mono", 2: "stereo"}.get(audio.channels, f"{audio.channels} channels")
    return f"sound {audio.sample_rate_hz / 1000:g} kHz {layout}"


def _covered_seconds(prediction: "ravs.structures.prediction.Prediction", index: int) -> float:
    """Seconds of the source that this mask stands for: from the end of the one before to its own end, in the source."""
    source = prediction.source
    first_s: float = max(source["start"], prediction.settings.get("start") or 0)
    last_s: float = source["start"] + source["duration"]
    before_s = prediction[index - 1].end_s if index else first_s
    return max(min(prediction[index].end_s, last_s) - before_s, 0)
