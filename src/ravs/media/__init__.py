"""Media files in and out: pictures and sound by presentation time. The only importer of PyAV."""

from ravs.media.audio_reader import SoundReader, read_sound, write_wav
from ravs.media.clip_reader import read_clips, shown_frames
from ravs.media.decode_audio import decode_channels, decode_mono
from ravs.media.displayed_frame import Frame, clock_text
from ravs.media.frames import read_frames
from ravs.media.probe import MediaInfo, SoundInfo, has_picture, probe, probe_sound, sound_tracks
from ravs.media.video_writer import write_planes, write_video
from ravs.media.yuv import Planes

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
