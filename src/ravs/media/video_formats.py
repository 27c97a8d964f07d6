"""Video files that can be written: container, codecs and what each of them needs."""

from dataclasses import dataclass

MP4_AUDIO_CODECS = frozenset({"aac", "mp3", "ac3", "eac3", "alac", "opus", "flac"})  # that players play, too
MOV_AUDIO_CODECS = frozenset({"aac", "mp3", "ac3", "eac3", "alac", "pcm_s16le", "pcm_s24le", "pcm_s16be", "pcm_s24be"})
WEBM_AUDIO_CODECS = frozenset({"opus", "vorbis"})
AAC_RATES_HZ = (48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000)
OPUS_RATES_HZ = (48000,)


@dataclass(frozen=True, kw_only=True, slots=True)
class VideoFormat:
    """A container with its video encoder, and the audio that it can carry."""

    container: str  # as FFmpeg calls it
    encoder: str
    pixel_format: str
    options: tuple[tuple[str, str], ...]  # of the encoder
    container_options: tuple[tuple[str, str], ...] = ()
    audio_codecs: frozenset[str]  # whose packets are copied
    audio_encoder: str = "aac"  # for all other audio
    audio_rates_hz: tuple[int, ...] = AAC_RATES_HZ  # that this encoder knows, the highest first


def h264(crf: int = 18, preset: str = "veryfast") -> VideoFormat:
    """H.264 in mp4. No B-frames: packets come in the order of time."""
    return VideoFormat(
        container="mp4",
        encoder="libx264",
        pixel_format="yuv420p",
        options=(("crf", str(crf)), ("preset", preset), ("bf", "0")),
        container_options=(("movflags", "+faststart"),),
        audio_codecs=MP4_AUDIO_CODECS,
    )


PRORES_4444 = VideoFormat(  # with transparency, for editors
    container="mov",
    encoder="prores_aw",  # two and a half times as fast as prores_ks here
    pixel_format="yuva444p10le",
    options=(("profile", "4"), ("vendor", "apl0")),  # 4 is 4444
    container_options=(("movflags", "+faststart+write_colr"),),
    audio_codecs=MOV_AUDIO_CODECS,
)
VP9_ALPHA = VideoFormat(  # with transparency, for browsers and OBS
    container="webm",
    encoder="libvpx-vp9",
    pixel_format="yuva420p",
    # alternate reference frames are not shown, and cannot have an alpha plane; without lag, packets come in order
    options=(
        ("crf", "24"),
        ("b", "0"),
        ("auto-alt-ref", "0"),
        ("lag-in-frames", "0"),
        ("deadline", "good"),
        ("cpu-used", "5"),
        ("row-mt", "1"),
    ),
    audio_codecs=WEBM_AUDIO_CODECS,
    audio_encoder="libopus",
    audio_rates_hz=OPUS_RATES_HZ,
)
