"""What a model is made of, and what decoding will see of a media file."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ravs.checkpoints.find_model import SHIPPED_MODELS, find_model
from ravs.config.presets import PRESETS
from ravs.errors import NoMatchError

if TYPE_CHECKING:
    import ravs.media

MEDIA_SUFFIXES = (".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v", ".mpg", ".ts", ".wav", ".mp3", ".png", ".jpg")


def class_names(model: str) -> tuple[str, ...]:
    """Names of a model's classes, background first; of a preset without weights too. Raises ModelNotFoundError."""
    if model in PRESETS and not (SHIPPED_MODELS / model).is_dir():
        return ("background", *PRESETS[model]["classes"])
    return find_model(model).classes


def inspect_subject(subject: str) -> dict[str, Any]:
    """Facts about a media file, or else a model. Raises NoMatchError, ModelNotFoundError, DecodeError."""
    if subject not in PRESETS and Path(subject).is_file():
        return inspect_media(Path(subject))
    if Path(subject).suffix.lower() in MEDIA_SUFFIXES and not Path(subject).exists():
        raise NoMatchError(f"no file {subject!r} (searched {Path.cwd()}).")
    return inspect_model(subject)


def inspect_model(name: str) -> dict[str, Any]:
    """Modules with their parameters, counted without allocating them. Raises ModelNotFoundError."""
    import torch

    from ravs.config import RavsConfig
    from ravs.modeling.registry import build

    folder = None if name in PRESETS and not (SHIPPED_MODELS / name).is_dir() else find_model(name)
    config = RavsConfig.preset(name) if folder is None else RavsConfig.from_pretrained(folder.path)
    with torch.device("meta"):
        model = build(config)
    modules = [
        {
            "module": title,
            "parameters": sum(p.numel() for p in module.parameters()),
            "trainable": sum(p.numel() for p in module.parameters() if p.requires_grad),
        }
        for title, module in model.named_children()
    ]
    return {
        "name": name if folder is None else folder.name,
        "sha256": None if folder is None else folder.sha256,
        "classes": len(config.classes),
        "visual_encoder": config.visual_encoder,
        "audio_encoder": config.audio_encoder,
        "image_size": config.image_size,
        "clip_seconds": config.clip_seconds,
        "modules": modules,
        "parameters": sum(row["parameters"] for row in modules),
        "trainable": sum(row["trainable"] for row in modules),
    }


def inspect_media(path: Path) -> dict[str, Any]:
    """What decoding will see: sizes as displayed, times on the file's clock, the sound. Raises DecodeError.

    A file of sound alone, as `--sound` takes it, has no video.
    """
    from ravs.media import has_video, probe, probe_audio, probe_audio_tracks

    tracks = [describe_audio(sound) for sound in probe_audio_tracks(path)]
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
        "sound": None if info.sound is None else describe_audio(info.sound),
        "sound_tracks": tracks,
    }


def describe_audio(sound: "ravs.media.AudioInfo") -> dict[str, Any]:
    """A sound track in plain values."""
    return {
        "track": sound.track,
        "codec": sound.codec,
        "rate": sound.sample_rate_hz,
        "channels": sound.channels,
        "layout": sound.layout,
        "start": float(sound.start_s),
        "duration": float(sound.duration_s),
        "language": sound.language,
        "remarks": list(sound.flags),
    }
