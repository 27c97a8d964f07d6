"""Media files read and written: frames and audio by presentation time. The only importer of PyAV."""

from ravs.media.audio_reader import AudioReader, read_audio, write_wav
from ravs.media.clip_reader import read_clips, shown_frames
from ravs.media.decode_audio import decode_channels, decode_mono
from ravs.media.displayed_frame import DisplayedFrame
from ravs.media.frames import read_frames
from ravs.media.probe import AudioInfo, MediaInfo, has_video, probe, probe_audio, probe_audio_tracks
from ravs.media.video_formats import PRORES_4444, VP9_ALPHA, VideoFormat, h264
from ravs.media.video_writer import write_planes, write_video
from ravs.media.yuv import YuvPlanes

__all__ = [
    "PRORES_4444",
    "VP9_ALPHA",
    "AudioInfo",
    "AudioReader",
    "DisplayedFrame",
    "MediaInfo",
    "VideoFormat",
    "YuvPlanes",
    "decode_channels",
    "decode_mono",
    "h264",
    "has_video",
    "probe",
    "probe_audio",
    "probe_audio_tracks",
    "read_audio",
    "read_clips",
    "read_frames",
    "shown_frames",
    "write_planes",
    "write_video",
    "write_wav",
]
