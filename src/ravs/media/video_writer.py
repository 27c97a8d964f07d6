"""Write a video: frames at exact times, and audio, copied or encoded."""

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import cast

import av
from av.container.output import OutputContainer
from av.video.stream import VideoStream

from ravs.errors import InputError, RavsError
from ravs.media.audio_decoder import Waveform
from ravs.media.audio_writer import BITEXACT, open_audio_track
from ravs.media.container import absolute_path, error_text
from ravs.media.video_formats import VideoFormat, h264
from ravs.media.yuv import Rgb, YuvPlanes, from_rgb, to_frame
from ravs.parallel import prefetch

AudioInput = Path | tuple[Waveform, int] | None
TimeRange = tuple[Fraction, Fraction] | None
TimedPlanes = tuple[YuvPlanes, Fraction, Fraction]


def write_video(
    path: Path | str,
    frames: Iterable[tuple[Rgb | YuvPlanes, Fraction]],
    *,
    end_s: Fraction | None = None,
    time_base: Fraction = Fraction(1, 90000),
    sound: AudioInput = None,
    sound_part_s: TimeRange = None,
    sound_track: int | None = None,
    crf: int = 18,
    preset: str = "veryfast",
    threads: int = 2,
) -> None:
    """Write an mp4 (whatever the path's suffix): H.264, yuv420p, fast start; the same input gives the same bytes.

    Not always for frames below 64 pixels: x264 gave other bytes in 43 of 1,200 runs at 32 pixels, in 4 of 830 at 48,
    in none of 4,200 at 64 and more.

    Args:
        path: the file; overwritten.
        frames: images and when each is first shown, rising. RGB (height, width, 3) or planes; all of one size.
        end_s: when the last one ends; default: it lasts as long as the one before it.
        time_base: times are rounded to it; that of the source keeps the source's times exactly.
        sound: a file whose audio is used, or a waveform with its sample rate.
        sound_part_s: from when to when the file's audio is used, encoded again. Default: all of it, and its packets
            are copied if mp4 supports them.
        sound_track: number of the file's sound track, from 1; default: the one that a player would play.
        crf: quality of x264, lower is better. preset: its speed. threads: its threads; another number, other bytes.

    Raises:
        InputError: no frame, times that do not rise, or no such track. NoAudioError, DecodeError: from the audio file.
            OSError: disk full, or not writable. RavsError: any other refusal of FFmpeg.
    """
    write_planes(
        path,
        _timed(frames, end_s),
        time_base=time_base,
        target=h264(crf, preset),
        sound=sound,
        sound_part_s=sound_part_s,
        sound_track=sound_track,
        threads=threads,
    )


def write_planes(
    path: Path | str,
    frames: Iterator[TimedPlanes],
    *,
    time_base: Fraction,
    target: VideoFormat | None = None,
    sound: AudioInput = None,
    sound_part_s: TimeRange = None,
    sound_track: int | None = None,
    threads: int = 2,
) -> None:
    """As write_video, in any format (default: H.264), from planes with the times between which each is shown.

    Frames are encoded in a thread, while the next ones are made.
    """
    first = next(frames, None)
    if first is None:
        raise InputError(f"no frame to write to {Path(path).name}: give one at least")
    target = target or h264()
    options = {"fflags": "+bitexact", **dict(target.container_options)}
    with _translate_errors(path), ExitStack() as stack:
        container = stack.enter_context(
            av.open(absolute_path(Path(path)), "w", format=target.container, options=options)
        )
        track = VideoTrackWriter(container, first[0], time_base, target, threads)
        audio_track = open_audio_track(stack, container, target, sound, sound_part_s, sound_track)

        def write(timed: TimedPlanes) -> None:
            track.add(*timed)
            audio_track.advance(timed[2])

        for _, written in prefetch(write, chain([first], frames), threads=1):
            written()
        track.finish()
        audio_track.advance(None)


@contextmanager
def _translate_errors(path: Path | str) -> Iterator[None]:
    """Raise refusals of the muxer and encoder as RavsError; a full disk stays an OSError."""
    try:
        yield
    except av.error.FFmpegError as error:
        if isinstance(error, OSError):
            raise
        raise RavsError(f"{Path(path).name}: cannot be written ({error_text(error)}).") from error


class VideoTrackWriter:
    """Writes a video track: one frame size, one color matrix, exact times and durations."""

    def __init__(
        self, container: OutputContainer, first: YuvPlanes, time_base: Fraction, target: VideoFormat, threads: int
    ) -> None:
        """Add the track, with the size and color matrix of `first`."""
        stream = cast(VideoStream, container.add_stream(target.encoder, options=dict(target.options)))
        stream.height, stream.width = first.y.shape
        stream.pix_fmt = target.pixel_format
        stream.time_base = stream.codec_context.time_base = time_base
        stream.thread_count = threads
        context = stream.codec_context
        context.flags |= BITEXACT
        context.color_range = 1  # limited
        context.colorspace = context.color_primaries = context.color_trc = 1 if first.is_hd else 6
        self._container, self._stream, self._time_base = container, stream, time_base
        self._pixel_format = target.pixel_format
        self._durations: deque[int] = deque()  # of the frames inside the encoder, which drops them

    def add(self, planes: YuvPlanes, start_s: Fraction, end_s: Fraction) -> None:
        """Encode one frame, shown from start to end."""
        frame = to_frame(planes, self._pixel_format)
        frame.time_base = self._time_base
        frame.pts = round(start_s / self._time_base)
        self._durations.append(max(round(end_s / self._time_base) - frame.pts, 1))
        self._write(frame)

    def finish(self) -> None:
        """Flush the encoder."""
        self._write(None)

    def _write(self, frame: av.VideoFrame | None) -> None:
        for packet in self._stream.encode(frame):
            packet.duration = self._durations.popleft()
            self._container.mux(packet)


def _timed(frames: Iterable[tuple[Rgb | YuvPlanes, Fraction]], end_s: Fraction | None) -> Iterator[TimedPlanes]:
    """Each frame as planes, with start and end; a frame ends where the next one starts."""
    held: tuple[YuvPlanes, Fraction] | None = None
    lasts_s = Fraction(1, 25)
    for image, at_s in frames:
        if held is not None:
            lasts_s = at_s - held[1]
            if lasts_s <= 0:
                raise InputError(f"a frame at {float(at_s)} s follows one at {float(held[1])} s: times must rise")
            yield held[0], held[1], at_s
        held = (image if isinstance(image, YuvPlanes) else from_rgb(image), at_s)
    if held is not None:
        yield held[0], held[1], held[1] + lasts_s if end_s is None else max(end_s, held[1])
