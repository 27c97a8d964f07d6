"""Events as markers for video editors: FCPXML for Final Cut Pro, a marker EDL for DaVinci Resolve.

Source: developer.apple.com/documentation/professional-video-applications/fcpxml-reference; the EDL is of the form that
Resolve writes and reads ("Timeline Markers from EDL").
"""

from fractions import Fraction
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ravs.inference.outputs.frame_names import frames_per_second, source_name, source_stem
from ravs.structures.prediction import Event, Prediction

FIRST_HOUR = 1  # where a new timeline of Resolve begins


def markers_fcpxml(prediction: Prediction) -> str:
    """A project of the one clip, with a marker for each event; times are whole frames of the mean rate.

    The clip is referred to by its name alone: lay the file beside it, or relink it.
    """
    fps, source = frames_per_second(prediction), prediction.source
    frames, name = round(source["duration"] * fps), source_name(prediction)
    duration = _seconds(frames, fps)
    root = Element("fcpxml", version="1.9")
    resources = SubElement(root, "resources")
    size = {"width": str(source["width"]), "height": str(source["height"])}
    SubElement(resources, "format", {"id": "r1", "frameDuration": _seconds(1, fps), **size})
    audio = {"hasAudio": "1"} if source.get("sound") else {}
    place = {"id": "r2", "name": name, "start": "0s", "duration": duration, "format": "r1", "hasVideo": "1"}
    asset = SubElement(resources, "asset", place | audio)
    SubElement(asset, "media-rep", kind="original-media", src=quote(name))
    event = SubElement(SubElement(root, "library"), "event", name="RAVS")
    project = SubElement(event, "project", name=source_stem(prediction))
    sequence = SubElement(project, "sequence", format="r1", duration=duration, tcStart="0s", tcFormat="NDF")
    spine = SubElement(sequence, "spine")
    clip = SubElement(spine, "asset-clip", ref="r2", name=name, offset="0s", start="0s", duration=duration)
    for found in prediction.events:
        first, last = marker_frames(found, prediction)
        SubElement(clip, "marker", start=_seconds(first, fps), duration=_seconds(last - first, fps), value=found.name)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n' + tostring(root, encoding="unicode") + "\n"


def markers_edl(prediction: Prediction) -> str:
    """A marker for each event, on a timeline that begins at 01:00:00:00 with the clip and has its mean rate."""
    fps = round(frames_per_second(prediction))
    lines = [f"TITLE: {source_stem(prediction)}", "FCM: NON-DROP FRAME", ""]
    for number, found in enumerate(prediction.events, start=1):
        first, last = marker_frames(found, prediction)
        start, end = (timecode(frame + FIRST_HOUR * 3600 * fps, fps) for frame in (first, first + 1))
        lines.append(f"{number:03}  001      V     C        {start} {end} {start} {end}  ")
        lines.append(f" |C:ResolveColorBlue |M:{found.name} |D:{last - first}")
        lines.append("")
    return "\n".join(lines) + "\n"


def marker_frames(event: Event, prediction: Prediction) -> tuple[int, int]:
    """First frame of an event, and the one after its last, counted from the source's first frame; at least one."""
    fps, begin_s = frames_per_second(prediction), prediction.source.get("start", 0.0)
    first, last = (round((time_s - begin_s) * fps) for time_s in (event.start_s, event.end_s))
    first = max(first, 0)
    return first, max(last, first + 1)


def timecode(frame: int, fps: int) -> str:
    """hh:mm:ss:ff without dropped numbers."""
    seconds, rest = divmod(frame, fps)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}:{rest:02}"


def _seconds(frames: int, fps: Fraction) -> str:
    """Frames as FCPXML's rational seconds."""
    return f"{frames * fps.denominator}/{fps.numerator}s"
