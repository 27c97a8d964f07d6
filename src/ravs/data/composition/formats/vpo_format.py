"""VPO's format: one labelled frame per clip, and a mono recording with a position for each object that sounds in it.

Source: dataset/vpo_stereo of cyh-0/CAVP (96a6c34). The loader pans and sums the recordings, so ambient and
off-screen audio, which have no row, are not in this format.
"""

from pathlib import Path

import numpy as np
from jaxtyping import Float32

from ravs.data.composition.clip_plan import ClipPlan, plan_clip
from ravs.data.composition.clip_writer import ComposedSetSettings
from ravs.data.composition.composed_clip import ComposedClip, compose_in_memory
from ravs.data.composition.dry_track import MonoTrack
from ravs.data.composition.formats.base import (
    ClipKey,
    MetadataRow,
    PublishedFormat,
    encode_jpeg,
    encode_png,
    public_name,
)
from ravs.data.composition.scene import SECONDS, SUBSETS
from ravs.data.library.library import SAMPLE_RATE_HZ, Library
from ravs.files import atomic_file, write_atomic
from ravs.media import write_wav

COLUMNS = ("img_Id", "ann_Ids", "cateName", "cateId", "vgg_file", "audio_pos", "split")
RECORDINGS_FOLDER = Path("vggsound_bench", "VGGSound", "audios")


class VpoFormat(PublishedFormat):
    """ROOT/VPO/VPO-SS, VPO-MS and VPO-MSMI, and the recordings in ROOT/vggsound_bench/VGGSound/audios."""

    name = "vpo"
    subsets = ("ss", "ms", "msmi")
    key = "img_Id"

    def folder(self, out: Path, subset: str) -> Path:
        """Folder of a subset's images, masks and table."""
        return out / "VPO" / f"VPO-{subset.upper()}"

    def table(self, out: Path, subset: str) -> Path:
        """One for each subset."""
        return self.folder(out, subset) / f"vpo_{subset}_data_stereo.csv"

    def columns(self, subset: str) -> tuple[str, ...]:
        """msmi has one more, for the folder of an image: 1 for its own."""
        return (*COLUMNS, "multi_instance") if subset == "msmi" else COLUMNS

    def key_of(self, subset: str, number: int) -> str:
        """The clip's number."""
        return str(number)

    def write(self, out: Path, settings: ComposedSetSettings, library: Library, key: ClipKey) -> list[MetadataRow]:
        """As `PublishedFormat.write`; a clip in which no object ever sounds has no rows."""
        subset, number = key
        plan = plan_clip(library, subset, settings.seed, number)
        clip = compose_in_memory(plan, library, settings.size)
        second = labelled_second(clip, settings.seed, subset, number)
        if second is None:
            return []
        rows = self._write_recordings(out, plan, clip, second)
        self._write_image_and_mask(self.folder(out, subset), rows[0], plan, clip, second)
        shared = {"split": settings.split, "multi_instance": "1"}
        return [{name: (row | shared)[name] for name in self.columns(subset)} for row in rows]

    def _write_recordings(self, out: Path, plan: ClipPlan, clip: ComposedClip, second: int) -> list[MetadataRow]:
        """Write a recording for each object that sounds in the second. Returns: its row, without the split."""
        rows = []
        for position, (obj, source) in enumerate(zip(clip.info["objects"], plan.mix.sources, strict=True), start=1):
            if source is None or not source.sounding[second]:
                continue
            file = f"{plan.scene.subset}_{plan.number:03d}_{position}"
            with atomic_file(out / RECORDINGS_FOLDER / f"{file}.wav") as part:
                write_wav(part, three_seconds(source.track, second)[None], SAMPLE_RATE_HZ)
            row = {
                "img_Id": str(plan.number),
                "ann_Ids": str(10 * plan.number + position),
                "cateName": public_name(obj["class"]),
                "cateId": str(obj["index"]),
                "vgg_file": file,
                "audio_pos": str(min(max(obj["x"][second], 0.0), 1.0)),
            }
            rows.append(row)
        return rows

    def _write_image_and_mask(
        self, folder: Path, row: MetadataRow, plan: ClipPlan, clip: ComposedClip, second: int
    ) -> None:
        """Write image and mask; in ss to a folder of the class, with the object's number in the mask's name."""
        image, mask = f"{plan.number:012d}", f"{plan.number:012d}"
        if plan.scene.subset == "ss":
            image, mask = (f"{row['cateName']}/{name}" for name in (image, f"{mask}_{int(row['ann_Ids']):012d}"))
        write_atomic(folder / "data" / f"{image}.jpg", encode_jpeg(clip.frames[second], plan.scene.jpeg_quality))
        write_atomic(folder / "mask" / f"{mask}.png", encode_png(clip.masks[second]))


def labelled_second(clip: ComposedClip, seed: int, subset: str, number: int) -> int | None:
    """Draw one of the seconds in which an object in view sounds, by the seed; None if there is none.

    First and last are taken only where nothing sounds between them: half of their surrounding audio is not in the clip.
    """
    sounding = [second for second in range(SECONDS) if clip.masks[second].any()]
    inner = [second for second in sounding if 0 < second < SECONDS - 1]
    generator = np.random.default_rng([seed, SUBSETS[subset], number, 1])  # not the generator that drew the clip
    return int(generator.choice(inner or sounding)) if sounding else None


def three_seconds(track: MonoTrack, second: int) -> Float32[np.ndarray, " three_seconds"]:
    """The labelled second of a track with one second before and after it; silence beyond the clip's ends."""
    return np.pad(track, SAMPLE_RATE_HZ)[second * SAMPLE_RATE_HZ : (second + 3) * SAMPLE_RATE_HZ]
