"""Summarize a media file as plain values: what decoding will see."""

from pathlib import Path
from typing import Any

from ravs.media.probe import AudioInfo, has_video, probe, probe_audio, probe_audio_tracks


def inspect_media(path: Path) -> dict[str, Any]:
    """A media file's codec, displayed size, times on its clock, and sound tracks. Raises DecodeError.

    A file of audio only, as `--sound` takes it, has no video.
    """
    tracks = [describe_audio(track) for track in probe_audio_tracks(path)]
    if not has_video(path):
        return {"name": path.name, "video": None, "sound": describe_audio(probe_audio(path)), "sound_tracks": tracks}
    info = probe(path)
    return {
        "name": info.name,
        "container": info.container,
        "video": {
            "codec": info.video_codec,
            "width": info.width,
            "height": info.height,
            "coded_width": info.coded_width,
            "coded_height": info.coded_height,
            "rotation": info.rotation,
            "fps": None if info.is_still else str(info.rate),
            "time_base": str(info.time_base),
            "start": float(info.start_s),
            "duration": float(info.duration_s),
            "still": info.is_still,
        },
        "sound": None if info.audio is None else describe_audio(info.audio),
        "sound_tracks": tracks,
    }


def describe_audio(track: AudioInfo) -> dict[str, Any]:
    """A sound track as plain values."""
    return {
        "track": track.track,
        "codec": track.codec,
        "rate": track.sample_rate_hz,
        "channels": track.channels,
        "layout": track.layout,
        "start": float(track.start_s),
        "duration": float(track.duration_s),
        "language": track.language,
        "remarks": list(track.flags),
    }
