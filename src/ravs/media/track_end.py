"""Where a stream ends by its file's header, and whether the file is complete."""

import re
from fractions import Fraction
from pathlib import Path
from typing import cast

from av.audio.stream import AudioStream
from av.container.input import InputContainer
from av.video.stream import VideoStream

from ravs.media.container import clock_zero_s, time_base, track_start_s
from ravs.media.timestamps import scan_packets, timestamp_corrections

MICROSECOND = Fraction(1, 1_000_000)  # the unit of a container's duration
DURATION_FORMATS = frozenset({"flv", "matroska,webm"})  # with the file's duration in the header
HOLD_LAST_FRAME_S = Fraction(1, 2)  # audio that outlasts its video by more holds the last frame
MAX_MISSING_S = Fraction(1)  # a file that ends this much before the end in its header was cut off


def declared_end_s(stream: VideoStream | AudioStream) -> Fraction | None:
    """The time stamp in seconds at which a stream ends; None if the file does not declare it.

    Where stamps may jump, it is the corrected one of the last packet; else the header's (MP4) or the tag's (Matroska).
    The header of an AVI that was cut off still holds its number of frames.
    """
    container = cast(InputContainer, stream.container)
    if (end_s := timestamp_corrections(container).ends_s.get(stream.index)) is not None:
        return end_s
    is_avi = isinstance(stream, VideoStream) and container.format.name == "avi"
    if is_avi and stream.frames and stream.average_rate:
        return track_start_s(stream) + stream.frames / Fraction(stream.average_rate)
    if stream.duration:
        return track_start_s(stream) + stream.duration * time_base(stream)
    tag = stream.metadata.get("DURATION", "")
    if not re.fullmatch(r"\d+:\d\d:\d\d(\.\d+)?", tag):
        return None
    hours, minutes, seconds = tag.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + Fraction(seconds)


def avi_held_end_s(stream: VideoStream) -> Fraction | None:
    """The time stamp until which a complete AVI shows its last frame (its header counts empty ones); else None."""
    container = stream.container
    return declared_end_s(stream) if container.format.name == "avi" and is_complete_avi(Path(container.name)) else None


def is_truncated(container: InputContainer, reached_s: Fraction) -> bool:
    """Whether a file was cut off: its header declares more than this stamp, and none of its streams continues."""
    if container.format.name not in DURATION_FORMATS or not container.duration:
        return False
    lasts_s = container.duration * MICROSECOND
    if reached_s >= lasts_s - MAX_MISSING_S:
        return False
    found = scan_packets(container)
    return not found.jumps_s and max(found.ends_s.values(), default=lasts_s) < lasts_s - MAX_MISSING_S


def hold_until_s(container: InputContainer, video_s: Fraction, audio_s: Fraction) -> Fraction:
    """Until when the last frame is shown, by the times at which the video and its own audio end.

    Where it is held, the audio packets are scanned: the header may be wrong by days.
    """
    if audio_s > video_s + HOLD_LAST_FRAME_S:
        ends_s = scan_packets(container).ends_s
        packets_end_s = max(
            (ends_s.get(stream.index, Fraction(0)) for stream in container.streams.audio), default=Fraction(0)
        )
        audio_s = min(audio_s, packets_end_s - clock_zero_s(container))
    return audio_s if audio_s > video_s + HOLD_LAST_FRAME_S else video_s


def is_complete_avi(path: Path) -> bool:
    """Whether an AVI has as many bytes as its RIFF chunks declare."""
    size, at = path.stat().st_size, 0
    with path.open("rb") as file:
        while at + 8 <= size:
            file.seek(at)
            head = file.read(8)
            if head[:4] != b"RIFF":
                break
            at += 8 + int.from_bytes(head[4:], "little")
    return 8 < at <= size
