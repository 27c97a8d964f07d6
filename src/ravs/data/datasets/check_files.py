"""What the files of a data set hold, one by one: sizes, durations, classes, and what is wrong with each."""

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
FLOAT_CODEC_PREFIX = "pcm_f"  # how the names of codecs begin whose samples may be NaN or infinite

MaskReader = Callable[[Path], tuple[np.ndarray, str]]  # labels, and what is wrong with the values


@dataclass(frozen=True, slots=True)
class InspectedFile:
    """A file that was looked at."""

    size: tuple[int, int] | None = None  # width, height
    duration_s: float | None = None  # of sound
    classes: frozenset[int] = frozenset()  # of a mask
    kind: str = ""  # of what is wrong: missing, empty, truncated, value; empty: nothing
    fault: str = ""  # the same in words


def inspect_file(kind: str, path: Path, read_mask: MaskReader, original: Path | None = None) -> InspectedFile:
    """A frame, mask or sound. Nothing is raised: what is wrong is told; also where a mask differs from its original."""
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
    except (OSError, SyntaxError, ValueError) as error:  # SyntaxError: Pillow's, of a broken PNG; ValueError: ours, too
        what = "video" if kind == "frame" and path.suffix.lower() not in IMAGE_SUFFIXES else kind
        return InspectedFile(kind="truncated", fault=f"truncated or damaged {what}: {_error_text(path, error)}")


def _error_text(path: Path, error: Exception) -> str:
    """What an error says, without the path."""
    words = " ".join(str(error).split()).rstrip(".").replace(repr(str(path)), "it")
    return words.removeprefix(f"{path.name}: ").removeprefix(f"{path}").lstrip(": ")


def _inspect_image(path: Path) -> InspectedFile:
    """A PNG by its checksums and the bytes of its pixels; others are decoded, a JPEG at an eighth of its size."""
    with Image.open(path) as picture:
        size = picture.size
        if picture.format == "PNG":
            picture.verify()
            check_png_pixels(path)
        else:
            picture.draft("L", (1, 1))
            picture.load()
    return InspectedFile(size=size)


def _inspect_mask(path: Path, read_mask: MaskReader, original: Path | None) -> InspectedFile:
    with Image.open(path) as mask:
        size, is_png = mask.size, mask.format == "PNG"
    try:
        labels, fault = read_mask(path)
    except InputError as error:
        return InspectedFile(size=size, kind="value", fault=_error_text(path, error))
    if is_png:
        check_png_pixels(path)  # after reading, which speaks of what is worse
    if original is not None and not fault:
        fault = _difference(labels, original, read_mask)
    counts = Image.fromarray(labels).histogram()  # twelve times as fast as NumPy's
    classes = frozenset(value for value, count in enumerate(counts) if count)
    return InspectedFile(size=size, classes=classes, kind="value" if fault else "", fault=fault)


def _difference(labels: np.ndarray, original: Path, read_mask: MaskReader) -> str:
    """In words, where labels are not those of another file; empty: nowhere, or that file is broken itself."""
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
    """All frames are decoded: the header of a video that was cut off promises them all the same."""
    info = probe(path)
    for _ in read_frames(path):
        pass
    return InspectedFile(size=(info.width, info.height))


def _inspect_audio(path: Path) -> InspectedFile:
    """By its header; where samples are floats they are decoded, since they may be NaN or infinite."""
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
    """By how much a RIFF file is shorter than its header says; streams that never got a length say 0 or all ones."""
    with path.open("rb") as file:
        head = file.read(8)
    promised = int.from_bytes(head[4:8], "little")
    if head[:4] != b"RIFF" or promised in (0, 0xFFFFFFFF):
        return 0
    return max(promised + 8 - path.stat().st_size, 0)
