"""Sources, predictions and results, each in one line of text."""

from pathlib import Path
from typing import TYPE_CHECKING

from ravs.inference.segment_job.result_folder import FORMATS, count
from ravs.inference.segment_job.task import SegmentTask
from ravs.structures.clock import format_clock

if TYPE_CHECKING:
    import ravs.inference.source_info
    import ravs.structures.prediction


def describe_source_line(path: Path, info: "ravs.inference.source_info.SourceInfo") -> str:
    """street.mp4  1280×720  29.97 fps  1:02.3  sound 48 kHz stereo"""
    parts = [str(path), f"{info.width}×{info.height}"]
    if info.fps is not None:
        top, _, bottom = info.fps.partition("/")
        rate = int(top) / int(bottom or 1)
        parts.append(f"{rate:.4g} fps" if rate < 1000 else f"{rate:.0f} fps")
    return "  ".join([*parts, format_clock(info.duration_s), _describe_audio(info.audio)])


def describe_changes(task: SegmentTask) -> str:
    """: threshold 0.5 → 0.3; overlay, masks, too; alpha, which needs the video, is removed"""
    parts = [task.rendered_for or ""]
    if task.following:
        parts.append(f"{', '.join(task.following)}, too")
    if task.removed:
        parts.append(f"{', '.join(task.removed)} of the settings before removed, since the video is not there")
    text = "; ".join(filter(None, parts))
    return f": {text}" if text else ""


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
            counted = name in ("masks", "uncertainty", "yolo")
            names += [f"{name}/ ({count(task.target.path, files)})"] if counted else files
    return "  ".join([f"{task.target.path}/", *names])


def _describe_audio(audio: "ravs.inference.source_info.SourceAudio | None") -> str:
    """sound 48 kHz stereo"""
    if audio is None:
        return "no sound"
    layout = {1: "mono", 2: "stereo"}.get(audio.channels, f"{audio.channels} channels")
    return f"sound {audio.sample_rate_hz / 1000:g} kHz {layout}"
