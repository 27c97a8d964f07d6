"""Read the frames of a video in presentation order, each with the time from which and until which it is shown."""

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from heapq import heappop, heappush
from itertools import chain
from math import ceil
from pathlib import Path
from typing import cast

import av
from av.container.input import InputContainer
from av.video.stream import VideoStream

from ravs.errors import DecodeError
from ravs.media.container import (
    READ_ERRORS,
    can_seek,
    clock_zero_s,
    error_text,
    open_input,
    time_base,
    video_stream,
)
from ravs.media.displayed_frame import DisplayedFrame
from ravs.media.orientation import display_transform
from ravs.media.still_image import is_tiled, read_tiled_image
from ravs.media.timestamps import demux
from ravs.media.track_end import avi_held_end_s, declared_end_s, hold_until_s, is_truncated
from ravs.structures.clock import format_clock_tenths

MAX_DAMAGE_S = Fraction(1)  # damage that loses more than this ends the video; less is skipped, as players do
MAX_END_LOSS_S = Fraction(1, 10)  # the same at the end of the file
TICK_S = Fraction(1, 1_000_000)  # times that differ by less are equal, where one of them was a float
REORDERED_STAMPS = 4  # frames among which guessed stamps are sorted
STILL_RATE = 25  # frames per second of a still image or a held frame
MIN_SEEK_S = 2  # an earlier start is reached by decoding from the beginning


def read_frames(
    path: Path | str,
    start_s: int | float | Fraction | None = None,
    end_s: int | float | Fraction | None = None,
    audio_end_s: Fraction | None = None,
) -> Iterator[DisplayedFrame]:
    """Decode every frame that is shown between two times of the file's clock, one after another.

    Args:
        path: a video or an image.
        start_s, end_s: default: all of it.
        audio_end_s: when the file's own audio ends. If the video ends half a second or more before, its last frame is
            repeated until then, as players show it, about 25 times a second.

    Raises:
        DecodeError: not a media file, no video, or (with time_s, after all frames before that) a file that breaks.
    """
    path = Path(path)
    with open_input(path) as container:
        stream = video_stream(container, path)
        stream.thread_type = "AUTO"
        jumped = start_s is not None and start_s > MIN_SEEK_S and can_seek(container)
        if jumped:
            aim_s = Fraction(start_s or 0) + clock_zero_s(container)
            container.seek(int(aim_s / time_base(stream)), stream=stream)
        frames = FrameDecoder(container, stream, path, jumped).frames()
        for frame in hold_last_frame(frames, stream, audio_end_s):
            if end_s is not None and frame.time_s >= end_s:
                return
            if start_s is None or frame.end_s > start_s:
                yield frame
            if end_s is not None and frame.end_s >= end_s - TICK_S:
                return  # damage after the part does not matter


def hold_last_frame(
    frames: Iterator[DisplayedFrame], stream: VideoStream, audio_end_s: Fraction | None
) -> Iterator[DisplayedFrame]:
    """The frames of a video stream, the last one repeated until the file's audio ends."""
    last: DisplayedFrame | None = None
    for last in frames:
        yield last
    if last is None or audio_end_s is None:
        return
    video_s, step_s = last.end_s, time_base(stream)
    until_s = hold_until_s(cast(InputContainer, stream.container), video_s, audio_end_s)
    lasts_s = ceil(1 / (STILL_RATE * step_s)) * step_s  # whole steps: no two frames share a stamp
    for index in range(ceil((until_s - video_s) / lasts_s)):
        time_s = video_s + index * lasts_s
        pts = last.pts + round((time_s - last.time_s) / step_s)
        end_s = min(time_s + lasts_s, until_s)
        yield replace(last, time_s=time_s, end_s=end_s, pts=pts)


class FrameDecoder:
    """Decodes one video stream from the current position of its container."""

    def __init__(self, container: InputContainer, stream: VideoStream, path: Path, jumped: bool = False) -> None:
        """Continue in this container; `jumped`: a seek has moved it from its beginning."""
        self._container, self._stream, self._path, self._jumped = container, stream, path, jumped
        self._zero_s = clock_zero_s(container)
        self._damage: Exception | None = None  # from packets since the last decoded frame
        self._is_broken = False  # nothing more can be decoded

    def frames(self) -> Iterator[DisplayedFrame]:
        """Frames, each held back until the next one gives its end; time stamps that do not increase are skipped."""
        held: DisplayedFrame | None = None
        for decoded, pts, damage in self._in_order():
            frame = self._frame(decoded, pts, held)
            if held is not None:
                if frame.time_s <= held.time_s:
                    continue
                if damage is not None and frame.time_s > held.end_s + MAX_DAMAGE_S:
                    self._damage, self._is_broken = damage, True
                    break
                yield replace(held, end_s=frame.time_s)
            held = frame
        if held is not None:
            until_s = avi_held_end_s(self._stream)
            held = held if until_s is None else replace(held, end_s=max(held.end_s, until_s - self._zero_s))
            yield held
        self._check_end(held)

    def _in_order(self) -> Iterator[tuple[av.VideoFrame, int | None, Exception | None]]:
        """Decoded frames, which come in presentation order, with their stamps sorted.

        Stamps of containers that store none (AVI) are guessed, and the guesses of neighbors may be swapped.
        """
        waiting: deque[tuple[av.VideoFrame, Exception | None]] = deque()
        stamps: list[int] = []
        for decoded, damage in chain(self._decode(), [(None, None)] * REORDERED_STAMPS):
            if decoded is not None:
                waiting.append((decoded, damage))
                if decoded.pts is not None:
                    heappush(stamps, decoded.pts)
            if waiting and (decoded is None or len(waiting) > REORDERED_STAMPS):
                first, damage = waiting.popleft()
                yield first, None if first.pts is None else heappop(stamps), damage

    def _decode(self) -> Iterator[tuple[av.VideoFrame, Exception | None]]:
        """Decoded frames, each with the last error since the one before; what cannot be decoded is skipped."""
        self._damage = None
        if is_tiled(self._container):
            yield read_tiled_image(self._path), None
            return
        try:
            for packet in demux(self._container, self._stream):
                try:
                    decoded = packet.decode()
                except av.error.FFmpegError as error:
                    self._damage = error
                    continue
                for frame in decoded:
                    yield frame, self._damage
                    self._damage = None
        except READ_ERRORS as error:
            self._damage, self._is_broken = error, True

    def _frame(self, decoded: av.VideoFrame, pts: int | None, before: DisplayedFrame | None) -> DisplayedFrame:
        """A decoded frame with its time, its display transform, and its duration if nothing follows."""
        step_s = time_base(self._stream)
        if before is None:
            pts = pts or 0
            index = _count_before(self._path, pts) if self._jumped else 0
            view = display_transform(self._stream, decoded, self._path)
        else:
            pts = round((before.end_s + self._zero_s) / step_s) if pts is None else pts
            index, view = before.index + 1, before.view
        time_s = pts * step_s - self._zero_s
        lasts_s = (decoded.duration or 0) * step_s or 1 / Fraction(self._stream.guessed_rate or 25)
        return DisplayedFrame(decoded, view, time_s, time_s + lasts_s, pts, index)

    def _check_end(self, last: DisplayedFrame | None) -> None:
        """Raise DecodeError if the file broke before its declared end."""
        if last is None:
            why = "it holds no frame that can be decoded" if self._damage is None else error_text(self._damage)
            raise DecodeError(f"{self._path.name}: cannot be decoded ({why}).") from self._damage
        if self._is_broken or self._is_cut(last.end_s + self._zero_s):
            why = "the file ends too early" if self._damage is None else error_text(self._damage)
            broken = DecodeError(
                f"{self._path.name}: cannot be decoded after {format_clock_tenths(last.end_s)} ({why})."
            )
            broken.time_s = float(last.end_s)
            raise broken from self._damage

    def _is_cut(self, reached_s: Fraction) -> bool:
        """Whether the file declares more than what ends at this stamp."""
        declared_s = declared_end_s(self._stream)
        loss_s = Fraction(0) if declared_s is None else declared_s - reached_s
        if loss_s > (MAX_DAMAGE_S if self._damage is None else MAX_END_LOSS_S):
            return True
        return is_truncated(self._container, reached_s)


def _count_before(path: Path, pts: int) -> int:
    """Count the frames of a file before a stamp, without decoding."""
    with open_input(path) as container:
        packets = container.demux(video_stream(container, path))
        return sum(1 for packet in packets if packet.pts is not None and packet.pts < pts)
