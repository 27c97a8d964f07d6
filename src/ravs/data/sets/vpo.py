"""VPO: still pictures of COCO with recordings of VGGSound, one (VPO-SS) or several (VPO-MS, VPO-MSMI) a picture.

Source: config and dataset/vpo_mono, vpo_stereo of cyh-0/CAVP (96a6c34).
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ravs.data.sets.entry import Entry, Source
from ravs.data.sets.layout import folder_with, read_classes, read_rows
from ravs.data.sets.masks import Labels, Lookup, lookup, mask_kind, read_labels
from ravs.data.sets.pictures import PictureSet
from ravs.data.sets.sounds import Waveform, mix_second
from ravs.data.sets.tables import VPO_VALUES, published
from ravs.errors import InputError

Row = dict[str, str]

TABLES = {
    "VPO-SS": "vpo_ss_data_stereo.csv",
    "VPO-MS": "vpo_ms_data_stereo.csv",
    "VPO-MSMI": "vpo_msmi_data_stereo.csv",
}
SOUNDS = ("vggsound_bench/VGGSound/audios", "VGGSound/audios", "audios")
COLUMNS = ("img_Id", "ann_Ids", "cateName", "cateId", "vgg_file", "audio_pos", "split", "multi_instance")
OPTIONAL = ("ann_Ids", "cateId", "audio_pos", "multi_instance")
DIGITS = 12  # of a number in a file's name
NOT_SET = ("0", "false")


@dataclass(frozen=True, kw_only=True)
class VpoSet(PictureSet):
    """A picture is a clip of one second: the middle one of its recordings."""

    shown_s = 0.5  # a still picture, shown all the time

    table: Lookup = field(compare=False, repr=False)

    def read_mask(self, path: Path) -> Labels:
        """As `PictureSet.read_mask`."""
        return read_labels(path, self.table)

    def read_sound(self, entry: Entry) -> tuple[Waveform, int]:
        """As `PictureSet.read_sound`: every recording, panned if it has a position."""
        return mix_second(entry.sources)


def open_vpo(root: Path, *, stereo: bool = True) -> VpoSet:
    """The set of a folder that holds one or more of VPO-SS, VPO-MS and VPO-MSMI, or is one of them.

    Args:
        root: the folder; the recordings lie below it or beside it.
        stereo: recordings are panned to where their things are; else they are summed in mono.

    Raises: InputError if none is there, or a table does not fit.
    """
    folders = {subset: folder for subset, table in TABLES.items() if (folder := folder_with(root, table))}
    if not folders:
        raise InputError(f"{root}: holds none of {', '.join(TABLES.values())}, by which VPO is known")
    classes, table, values = _classes(tuple(folders.values()))
    sounds = _sounds(root, next(iter(folders.values())))
    entries: list[Entry] = []
    for subset, folder in folders.items():
        home = _Home(subset, folder, folders.get("VPO-MS", folder.parent / "VPO-MS"), sounds, classes, stereo)
        entries += home.entries(read_rows(folder / TABLES[subset], dict.fromkeys(COLUMNS), OPTIONAL))
    return VpoSet(
        title=f"VPO, {'stereo' if stereo else 'mono'}",
        root=root,
        classes=classes,
        entries=tuple(entries),
        published=published(*folders),
        found=(f"mask values: {values}", f"sound: {sounds}", *_found(entries)),
        table=table,
    )


@dataclass(frozen=True)
class _Home:
    """One of the three, and where its parts lie."""

    subset: str
    folder: Path
    lender: Path  # VPO-MS, where rows of VPO-MSMI with multi_instance 0 have picture and mask
    sounds: Path
    classes: tuple[str, ...]
    stereo: bool

    def entries(self, rows: Sequence[Row]) -> Iterator[Entry]:
        """In VPO-SS one for each row, else one for all rows of a picture."""
        if self.subset == "VPO-SS":
            times: Counter[str] = Counter()
            for row in rows:
                image, mask = _number(row["img_Id"]), f"{_number(row['img_Id'])}_{_number(row['ann_Ids'])}"
                times[mask] += 1  # one thing may be paired with several recordings
                name = mask if times[mask] == 1 else f"{mask}_{times[mask]}"
                yield self._entry([row], name, f"{row['cateName']}/{image}", f"{row['cateName']}/{mask}")
            return
        images: dict[str, list[Row]] = {}
        for row in rows:
            images.setdefault(_number(row["img_Id"]), []).append(row)
        for image, mine in images.items():
            yield self._entry(mine, image, image, image)

    def _entry(self, rows: Sequence[Row], name: str, image: str, mask: str) -> Entry:
        lent = self.subset == "VPO-MSMI" and rows[0]["multi_instance"].removesuffix(".0").lower() in NOT_SET
        folder = self.lender if lent else self.folder
        return Entry(
            name=f"{self.subset}/{name}",
            split="test" if rows[0]["split"] == "val" else rows[0]["split"],
            subset=self.subset,
            frames=(folder / "data" / f"{image}.jpg",),
            masks=(folder / "mask" / f"{mask}.png",),
            sources=tuple(self._source(row) for row in rows),
            sounding=tuple(dict.fromkeys(found for row in rows if (found := self._class(row)))),
        )

    def _source(self, row: Row) -> Source:
        path = self.sounds / f"{row['vgg_file'].removesuffix('.wav')}.wav"
        if not self.stereo or not row["audio_pos"]:
            return Source(path)
        try:
            position = float(row["audio_pos"])
        except ValueError:
            position = -1.0
        if not 0 <= position <= 1:
            raise InputError(
                f"{self.folder / TABLES[self.subset]}: audio_pos {row['audio_pos']!r} of picture {row['img_Id']} is no "
                "number from 0 (left) to 1 (right)"
            )
        return Source(path, position)

    def _class(self, row: Row) -> str | None:
        """The class that sounds, by its name, else by its number; None if it is no class of the set."""
        if row["cateName"] in self.classes[1:]:
            return row["cateName"]
        named = {str(value): name for name, value in VPO_VALUES.items() if value}
        return named.get(row["cateId"].removesuffix(".0"))


def _classes(folders: Sequence[Path]) -> tuple[tuple[str, ...], Lookup, str]:
    """The classes, the table of mask values, and in words what these are.

    They are indices where a label2idx.json lies beside the metadata, else COCO's numbers. Raises: InputError if parts
    of the set differ in this.
    """
    files = [folder / "label2idx.json" for folder in folders]
    found = {read_classes(path) if path.exists() else () for path in files}
    if len(found) > 1:
        raise InputError(f"{folders[0].parent}: parts have other classes; open one of {', '.join(map(str, folders))}")
    if classes := found.pop():
        return classes, lookup({index: index for index in range(len(classes))}), "indices, in label2idx.json's order"
    values = {value: index for index, value in enumerate(VPO_VALUES.values())}
    return tuple(VPO_VALUES), lookup(values), "categories of COCO"


def _sounds(root: Path, folder: Path) -> Path:
    """The folder of the recordings: inside or beside what was given, or beside its parts; where it should be if not."""
    bases = dict.fromkeys((root, folder, *root.resolve().parents[:2], *folder.resolve().parents[:2]))
    places = [base / place for base in bases for place in SOUNDS]
    return next((place for place in places if place.is_dir()), folder.parent.parent / SOUNDS[0])


def _number(text: str) -> str:
    """A number as files are named by it; anything else as it is."""
    digits = text.strip("[]").removesuffix(".0")
    return digits.zfill(DIGITS) if digits.isdigit() else text


def _found(entries: Sequence[Entry]) -> Iterator[str]:
    """Of each part, how the first mask is stored, and whether its recordings have places."""
    for subset in sorted({entry.subset for entry in entries}):
        first = next(entry for entry in entries if entry.subset == subset)
        assert first.masks[0] is not None
        placed = "with" if first.sources[0].position is not None else "without"
        yield f"{subset}: masks {mask_kind(first.masks[0])}, recordings {placed} positions"
