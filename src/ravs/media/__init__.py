"""Media files in and out: pictures and sound by presentation time. The only importer of PyAV."""

from ravs.media.frame import Frame, clock_text
from ravs.media.frames import read_frames
from ravs.media.listening import SoundReader, read_sound, write_wav
from ravs.media.planes import Planes
from ravs.media.probe import MediaInfo, SoundInfo, has_picture, probe, probe_sound, sound_tracks
from ravs.media.read import read_clips, shown_frames
from ravs.media.whole import decode_channels, decode_mono
from ravs.media.write import write_planes, write_video

__all__ = [
    "Frame",
    "MediaInfo",
    "Planes",
    "SoundInfo",
    "SoundReader",
    "clock_text",
    "decode_channels",
    "decode_mono",
    "has_picture",
    "probe",
    "probe_sound",
    "read_clips",
    "read_frames",
    "read_sound",
    "shown_frames",
    "sound_tracks",
    "write_planes",
    "write_video",
    "write_wav",
]
