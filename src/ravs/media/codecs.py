"""What the FFmpeg libraries in PyAV can write."""

import av

ENCODERS = ("libx264", "aac", "libvpx-vp9", "prores_ks", "libopus", "pcm_s16le")  # that outputs of RAVS may need


def available_encoders() -> dict[str, bool]:
    """Whether each encoder that an output may need is there, by FFmpeg's name."""
    return {name: _has_encoder(name) for name in ENCODERS}


def library_versions() -> dict[str, str]:
    """The versions of FFmpeg's libraries, by name."""
    return {name: ".".join(map(str, numbers)) for name, numbers in av.library_versions.items()}


def _has_encoder(name: str) -> bool:
    try:
        av.Codec(name, "w")
    except av.codec.codec.UnknownCodecError:
        return False
    return True
