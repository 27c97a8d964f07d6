"""AVSBench-semantic's format: a folder for each clip with frames, labels and audio, and one table of all clips.

Source: avss/color_dataloader.py of OpenNLPLab/AVSBench (f7414af); positions of the columns after
process_avssimg2fixsize.py of yannqi/COMBO-AVS (cb8af1c).
"""

from pathlib import Path
from typing import Any

import numpy as np

from ravs.data.composition.clip_plan import plan_clip
from ravs.data.composition.clip_writer import ComposedSetSettings
from ravs.data.composition.composed_clip import compose_in_memory
from ravs.data.composition.formats.base import (
    ClipKey,
    MetadataRow,
    PublishedFormat,
    encode_jpeg,
    encode_png,
    public_name,
)
from ravs.data.composition.scene import SECONDS, SUBSETS
from ravs.data.library.library import Library
from ravs.files import atomic_folder
from ravs.media import write_wav
from ravs.media.resample import resample
from ravs.structures.palette import PALETTE

SAMPLE_RATE_HZ = 16_000
COLUMNS = ("vid", "uid", "start_s", "end_s", "a_obj", "split", "label")


class AvssFormat(PublishedFormat):
    """ROOT/metadata.csv, ROOT/label2idx.json and ROOT/SUBSET/UID/{frames, labels_rgb, labels_semantic, audio.wav}."""

    name = "avss"
    subsets = tuple(SUBSETS)
    key = "uid"

    def table(self, out: Path, subset: str) -> Path:
        """One for all subsets."""
        return out / "metadata.csv"

    def columns(self, subset: str) -> tuple[str, ...]:
        """Positions 1, 5 and 6 are uid, split and label: some loaders read by position."""
        return COLUMNS

    def key_of(self, subset: str, number: int) -> str:
        """SUBSET_NNN."""
        return f"{subset}_{number:03d}"

    def write(self, out: Path, settings: ComposedSetSettings, library: Library, key: ClipKey) -> list[MetadataRow]:
        """As `PublishedFormat.write`; the folder is atomic."""
        subset, uid = key[0], self.key_of(*key)
        plan = plan_clip(library, subset, settings.seed, key[1])
        clip = compose_in_memory(plan, library, settings.size)
        with atomic_folder(out / subset / uid) as folder:
            write_images(folder, clip.frames, clip.masks, plan.scene.jpeg_quality)
            write_wav(
                folder / "audio.wav", resample(clip.waveform, clip.sample_rate_hz, SAMPLE_RATE_HZ), SAMPLE_RATE_HZ
            )
        values = (uid, uid, "0", str(SECONDS), "_".join(_sounding_classes(clip.info)), settings.split, subset)
        return [dict(zip(self.columns(subset), values, strict=True))]


def write_images(folder: Path, frames: np.ndarray, masks: np.ndarray, quality: int) -> None:
    """frames/i.jpg, labels_semantic/i.png and labels_rgb/i.png; frame i is the last of second i."""
    for name in ("frames", "labels_rgb", "labels_semantic"):
        (folder / name).mkdir()
    for second, (frame, mask) in enumerate(zip(frames, masks, strict=True)):
        (folder / "frames" / f"{second}.jpg").write_bytes(encode_jpeg(frame, quality))
        (folder / "labels_rgb" / f"{second}.png").write_bytes(encode_png(PALETTE[mask]))
        (folder / "labels_semantic" / f"{second}.png").write_bytes(encode_png(mask))


def _sounding_classes(info: dict[str, Any]) -> list[str]:
    """Classes of the objects that sound in any second, sorted by class index."""
    found = {obj["index"]: public_name(obj["class"]) for obj in info["objects"] if any(obj["sounding_seconds"])}
    return [found[index] for index in sorted(found)]
