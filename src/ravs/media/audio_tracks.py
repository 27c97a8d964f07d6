"""The sound tracks of a file, and the choice of the one that is used."""

from av.audio.stream import AudioStream
from av.container.input import InputContainer
from av.stream import Disposition

from ravs.errors import DecodeError, InputError, NoAudioError
from ravs.media.container import video_streams

SECONDARY = (  # flags of tracks that are not the main one
    Disposition.comment
    | Disposition.lyrics
    | Disposition.karaoke
    | Disposition.hearing_impaired
    | Disposition.visual_impaired
    | Disposition.clean_effects
    | Disposition.descriptions
    | Disposition.dependent
)


def audio_stream(container: InputContainer, name: str, number: int | None = None) -> AudioStream:
    """A file's sound track by its number, counted from 1; or the one that a player would play.

    That is, within the video's program, the default track; else the first that is neither a commentary nor for people
    with impaired hearing or sight.

    Raises:
        NoAudioError: there is no sound track. InputError: none of this number. DecodeError: one that cannot be decoded.
    """
    tracks = container.streams.audio
    if not tracks:
        raise NoAudioError(
            f"{name}: has no sound track, and RAVS marks what sounds. "
            "Give one with --sound FILE, or see the result for silence with --mute."
        )
    if number is not None and not 1 <= number <= len(tracks):
        existing = "1 sound track" if len(tracks) == 1 else f"{len(tracks)} sound tracks"
        raise InputError(f"{name}: has no sound track {number}, but {existing}, counted from 1; ravs info lists them")
    found = preferred_track(container) if number is None else tracks[number - 1]
    if found is None or found.codec_context is None:
        raise DecodeError(f"{name}: the audio cannot be decoded (there is no decoder for it).")
    return found


def preferred_track(container: InputContainer) -> AudioStream | None:
    """The sound track that a player would play; None if none can be decoded."""
    tracks = [stream for stream in container.streams.audio if stream.codec_context is not None]
    videos = video_streams(container)
    program = container.streams.best("audio", related=videos[0]) if videos else None

    def rank(stream: AudioStream) -> tuple[bool, bool, bool]:
        is_in_program = container.streams.best("audio", related=stream) is program  # one program has one best track
        return is_in_program, bool(stream.disposition & Disposition.default), not stream.disposition & SECONDARY

    return max(tracks, key=rank, default=None)


def track_number(container: InputContainer, stream: AudioStream) -> int:
    """The number of a track among the sound tracks, from 1."""
    return 1 + [other.index for other in container.streams.audio].index(stream.index)
