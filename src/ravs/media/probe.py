"""What a media file holds, as decoding will see it."""

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from av.audio.stream import AudioStream
from av.container.input import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from ravs.media.audio_tracks import audio_stream, preferred_track, track_number
from ravs.media.channels import read_layout
from ravs.media.container import (
    can_seek,
    clock_zero_s,
    open_input,
    time_base,
    track_start_s,
    video_stream,
    video_streams,
)
from ravs.media.displayed_frame import DisplayedFrame
from ravs.media.frames import STILL_RATE, FrameDecoder
from ravs.media.still_image import is_still
from ravs.media.timestamps import timestamp_corrections
from ravs.media.track_end import MICROSECOND, declared_end_s, hold_until_s


@dataclass(frozen=True, kw_only=True, slots=True)
class AudioInfo:
    """A sound track of a file."""

    track: int  # number among the sound tracks, from 1
    language: str | None  # as the file has it: eng, deu, …
    flags: tuple[str, ...]  # its disposition: default, comment, visual_impaired, …
    codec: str
    sample_rate_hz: int
    channels: int
    layout: str  # as FFmpeg names it: mono, stereo, 5.1, …
    start_s: Fraction  # on the file's clock
    duration_s: Fraction


@dataclass(frozen=True, kw_only=True, slots=True)
class MediaInfo:
    """The video stream of a file that is shown, and the sound track that is used with it."""

    path: Path
    name: str
    container: str
    video_codec: str
    duration_s: Fraction  # of what is shown, by the file's header; of a still image: that of its audio, or 0
    video_duration_s: Fraction  # of the video alone: less, if its last frame is held until its own audio ends
    start_s: Fraction  # when the first frame is shown, on the file's clock
    zero_s: Fraction  # the time stamp at which that clock shows zero: time = pts * time_base - zero_s
    time_base: Fraction
    rate: Fraction  # frames a second, mean
    width: int  # as displayed: upright, with square pixels
    height: int
    coded_width: int
    coded_height: int
    rotation: int  # clockwise, in degrees: 0, 90, 180, 270
    is_still: bool
    audio: AudioInfo | None
    jumps_s: tuple[Fraction, ...] = ()  # where time stamps jump, on the file's clock, which does not


def probe(path: Path | str, sound: Path | str | None = None, sound_track: int | None = None) -> MediaInfo:
    """Probe a file: its headers and its first frame.

    Args:
        path: a video or an image.
        sound: a file whose audio replaces its own.
        sound_track: number of the sound track to use, from 1; default: the one that a player would play.

    Raises:
        DecodeError: not a media file, or no video. NoAudioError: `sound` has no sound track. InputError: no track of
            this number.
    """
    path = Path(path)
    with open_input(path) as container:
        stream = video_stream(container, path)
        first = next(FrameDecoder(container, stream, path).frames())
        if sound is not None:
            return _media_info(path, container, stream, first, probe_audio(sound, sound_track))
        if sound_track is None and preferred_track(container) is None:
            return _media_info(path, container, stream, first, None)
        own = _audio_info(path, container, audio_stream(container, path.name, sound_track))
        info = _media_info(path, container, stream, first, own)
        if info.is_still:
            return info
        shown_s = hold_until_s(container, info.start_s + info.video_duration_s, own.start_s + own.duration_s)
    return replace(info, duration_s=shown_s - info.start_s)


def has_video(path: Path | str) -> bool:
    """Whether a media file has a video stream that is not cover art. Raises DecodeError if it is no media file."""
    with open_input(Path(path)) as container:
        return bool(video_streams(container))


def probe_audio(path: Path | str, track: int | None = None) -> AudioInfo:
    """Probe the sound track that a player would play, or the one of this number; raises as audio_stream does."""
    path = Path(path)
    with open_input(path) as container:
        return _audio_info(path, container, audio_stream(container, path.name, track))


def probe_audio_tracks(path: Path | str) -> tuple[AudioInfo, ...]:
    """Probe all sound tracks of a file that can be decoded. Raises DecodeError."""
    path = Path(path)
    with open_input(path) as container:
        return tuple(_audio_info(path, container, s) for s in container.streams.audio if s.codec_context is not None)


def _media_info(
    path: Path, container: InputContainer, stream: VideoStream, first: DisplayedFrame, audio: AudioInfo | None
) -> MediaInfo:
    """`duration_s` is that of the video alone; of a still, that of the audio."""
    width, height = first.view.size
    zero_s = clock_zero_s(container)
    still = is_still(container)
    if still:
        duration_s = audio.start_s + audio.duration_s if audio else Fraction(0)
    else:
        duration_s = max(_end_s(path, container, stream) - zero_s - first.time_s, Fraction(0))
    return MediaInfo(
        path=path,
        name=path.name,
        container=container.format.name,
        video_codec=stream.codec_context.codec.canonical_name,
        duration_s=duration_s,
        video_duration_s=duration_s,
        start_s=first.time_s,
        zero_s=zero_s,
        time_base=Fraction(1, STILL_RATE) if still else time_base(stream),
        rate=_mean_rate(stream),
        width=width,
        height=height,
        coded_width=first.decoded.width,
        coded_height=first.decoded.height,
        rotation=first.view.rotation,
        is_still=still,
        audio=audio,
        jumps_s=tuple(at_s - zero_s for at_s in timestamp_corrections(container).jumps_s),
    )


def _mean_rate(stream: VideoStream) -> Fraction:
    """Frames a second by the header. DV states the rate of its time stamps as the mean, far above the frame rate."""
    mean, highest = Fraction(stream.average_rate or 0), Fraction(stream.guessed_rate or 0)
    return (highest if highest and mean > 2 * highest else mean or highest) or Fraction(25)


def _audio_info(path: Path, container: InputContainer, stream: AudioStream) -> AudioInfo:
    start_s = max(track_start_s(stream) - clock_zero_s(container), Fraction(0))
    layout = read_layout(stream)
    return AudioInfo(
        track=track_number(container, stream),
        language=None if stream.language in (None, "und") else stream.language,
        flags=tuple(flag.name for flag in Disposition if flag in stream.disposition and flag.name),
        codec=stream.codec_context.codec.canonical_name,
        sample_rate_hz=stream.codec_context.sample_rate,
        channels=len(layout.channels),
        layout=layout.name,
        start_s=start_s,
        duration_s=max(_end_s(path, container, stream) - clock_zero_s(container) - start_s, Fraction(0)),
    )


def _end_s(path: Path, container: InputContainer, stream: VideoStream | AudioStream) -> Fraction:
    """The stamp at which a stream ends, by the file's entry for the stream, else for the file.

    Files without an entry, and those of audio only, whose headers often guess by the bit rate, are read to the end.
    """
    if (end_s := timestamp_corrections(container).ends_s.get(stream.index)) is not None:
        return end_s
    if not container.streams.video and not can_seek(container):
        return _read_through(path, stream)
    declared_s = declared_end_s(stream)
    if declared_s is not None:
        return declared_s
    if not container.duration:
        return _read_through(path, stream)
    return ((container.start_time or 0) + container.duration) * MICROSECOND


def _read_through(path: Path, stream: VideoStream | AudioStream) -> Fraction:
    """The end of a stream's last packet; packets without time stamps are counted."""
    with open_input(path) as again:
        found = again.demux(again.streams[stream.index])
        packets = [(packet.pts, packet.duration or 0) for packet in found if packet.size]
    stamps = [pts + duration for pts, duration in packets if pts is not None]
    if stamps or isinstance(stream, AudioStream):
        return max(stamps, default=0) * time_base(stream)
    return len(packets) / Fraction(stream.guessed_rate or 25)
