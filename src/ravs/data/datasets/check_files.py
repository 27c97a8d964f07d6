"""Inspect single files of a data set: size, duration, classes, and what is wrong."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from ravs.data.datasets.check_png import check_png_pixels
from ravs.errors import InputError, NoAudioError
from ravs.media import probe, probe_audio, read_audio, read_frames

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff")
PICKLE_SUFFIX = ".pkl"
FLOAT_CODEC_PREFIX = "pcm_f"  # of codecs whose samples may be NaN or infinite

MaskReader = Callable[[Path], tuple[np.ndarray, str]]  # returns labels, and a message if values are suspicious


@dataclass(frozen=True, slots=True)
class InspectedFile:
    """The result of inspecting a file."""

    size: tuple[int, int] | None = None  # width, height
    duration_s: float | None = None  # of audio
    classes: frozenset[int] = frozenset()  # of a mask
    kind: str = ""  # of problem: missing, empty, truncated or value; empty: none
    fault: str = ""  # the problem as a message


def inspect_file(kind: str, path: Path, read_mask: MaskReader, original: Path | None = None) -> InspectedFile:
    """Inspect a frame, mask or audio file. Problems are returned, not raised; a mask is compared with its original."""
    if path.suffix == PICKLE_SUFFIX or not path.is_file():
        return InspectedFile(kind="missing", fault=f"missing ({kind})")
    if path.stat().st_size == 0:
        return InspectedFile(kind="empty", fault=f"empty: a {kind} of 0 bytes")
    try:
        if kind == "sound":
            return _inspect_audio(path)
        if kind == "mask":
            return _inspect_mask(path, read_mask, original)
        return _inspect_image(path) if path.suffix.lower() in IMAGE_SUFFIXES else _inspect_video(path)
    except (
        OSError,
        SyntaxError,
        ValueError,
    ) as error:  # SyntaxError: Pillow's, of a damaged PNG
        what = "video" if kind == "frame" and path.suffix.lower() not in IMAGE_SUFFIXES else kind
        return InspectedFile(kind="truncated", fault=f"truncated or damaged {what}: {_error_text(path, error)}")


def _error_text(path: Path, error: Exception) -> str:
    """The message of an error, without the path."""
    words = " ".join(str(error).split()).rstrip(".").replace(repr(str(path)), "it")
    return words.removeprefix(f"{path.name}: ").removeprefix(f"{path}").lstrip(": ")


def _inspect_image(path: Path) -> InspectedFile:
    """Inspect a PNG by its checksums and pixel bytes; decode other formats, JPEG at an eighth of its size."""
    with Image.open(path) as image:
        size = image.size
        if image.format == "PNG":
            image.verify()
            check_png_pixels(path)
        else:
            image.draft("L", (1, 1))
            image.load()
    return InspectedFile(size=size)


def _inspect_mask(path: Path, read_mask: MaskReader, original: Path | None) -> InspectedFile:
    with Image.open(path) as mask:
        size, is_png = mask.size, mask.format == "PNG"
    try:
        labels, fault = read_mask(path)
    except InputError as error:
        return InspectedFile(size=size, kind="value", fault=_error_text(path, error))
    if is_png:
        check_png_pixels(path)  # after reading, which reports worse problems
    if original is not None and not fault:
        fault = _difference(labels, original, read_mask)
    counts = Image.fromarray(labels).histogram()  # twelve times as fast as NumPy's
    classes = frozenset(value for value, count in enumerate(counts) if count)
    return InspectedFile(size=size, classes=classes, kind="value" if fault else "", fault=fault)


def _difference(labels: np.ndarray, original: Path, read_mask: MaskReader) -> str:
    """A message if labels differ from those of another file; empty: equal, or the other file cannot be read."""
    try:
        others = read_mask(original)[0]
    except (OSError, ValueError):
        return ""
    name = f"{original.parent.name}/{original.name}"
    if labels.shape != others.shape:
        return f"{labels.shape[1]}×{labels.shape[0]} pixels; {name} has {others.shape[1]}×{others.shape[0]}"
    different = int((labels != others).sum())
    return f"{different:,} of {labels.size:,} pixels are of another class than in {name}" if different else ""


def _inspect_video(path: Path) -> InspectedFile:
    """Inspect a video by decoding all frames, since the header of a truncated video still lists them."""
    info = probe(path)
    for _ in read_frames(path):
        pass
    return InspectedFile(size=(info.width, info.height))


def _inspect_audio(path: Path) -> InspectedFile:
    """Inspect audio by its header; decode float samples, since they may be NaN or infinite."""
    try:
        info = probe_audio(path)
        duration_s = float(info.duration_s)
    except NoAudioError:
        duration_s = 0.0
    if duration_s == 0:
        return InspectedFile(duration_s=0.0, kind="empty", fault="empty: no sound in it")
    if path.suffix.lower() == ".wav" and (lost := _missing_bytes(path)):
        return InspectedFile(
            duration_s=duration_s, kind="truncated", fault=f"truncated sound: {lost} bytes of it are missing"
        )
    if info.codec.startswith(FLOAT_CODEC_PREFIX):
        read_audio(path, info.sample_rate_hz)
    return InspectedFile(duration_s=duration_s)


def _missing_bytes(path: Path) -> int:
    """The number of bytes missing from a RIFF file by its header, in which 0 or all ones mean no length."""
    with path.open("rb") as file:
        head = file.read(8)
    declared = int.from_bytes(head[4:8], "little")
    if head[:4] != b"RIFF" or declared in (0, 0xFFFFFFFF):
        return 0
    return max(declared + 8 - path.stat().st_size, 0)
