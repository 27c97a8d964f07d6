"""The tables of VPO: which rows are a sample, and where its picture, mask and recordings lie."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ravs.data.datasets.base import AudioSource, Entry, Problem
from ravs.data.datasets.metadata import read_rows
from ravs.errors import InputError

Row = dict[str, str]

COLUMNS = ("img_Id", "ann_Ids", "cateName", "cateId", "vgg_file", "audio_pos", "split", "multi_instance")
OPTIONAL = ("ann_Ids", "cateId", "audio_pos", "multi_instance")
DIGITS = 12  # of a number in a file's name
FALSE_VALUES = ("", "0", "false", "no")


@dataclass(frozen=True, kw_only=True)
class VpoPart:
    """One of the three, and where its parts lie."""

    subset: str  # VPO-SS, VPO-MS or VPO-MSMI
    table: Path
    lender: Path  # VPO-MS, where rows of VPO-MSMI with multi_instance 0 have picture and mask
    sounds: Path
    values: Mapping[str, int]  # by class, in masks and in cateId
    stereo: bool

    @cached_property
    def rows(self) -> list[Row]:
        """Of the table. Raises InputError if it does not fit."""
        return read_rows(self.table, dict.fromkeys(COLUMNS), OPTIONAL)

    @cached_property
    def pictures(self) -> dict[str, list[Row]]:
        """The rows of each picture, in the order of the table."""
        found: dict[str, list[Row]] = {}
        for row in self.rows:
            found.setdefault(_number(row["img_Id"]), []).append(row)
        return found

    def entries(self) -> Iterator[Entry]:
        """In VPO-SS one for each row, else one for all rows of a picture, those that are the same but once.

        Rows of the split "val" count as test, as the peers have it. Raises InputError if the table does not fit.
        """
        if self.subset == "VPO-SS":
            times: Counter[str] = Counter()
            for row in self.rows:
                image, mask = _number(row["img_Id"]), f"{_number(row['img_Id'])}_{_number(row['ann_Ids'])}"
                times[mask] += 1  # one thing may be paired with several recordings
                name = mask if times[mask] == 1 else f"{mask}_{times[mask]}"
                yield self._entry([row], name, f"{row['cateName']}/{image}", f"{row['cateName']}/{mask}")
            return
        for image, mine in self.pictures.items():
            yield self._entry(_distinct(mine), image, image, image)

    def repeated(self) -> Iterator[str]:
        """The names of entries that have the same row more than once."""
        if self.subset != "VPO-SS":  # where each row is a sample
            yield from (f"{self.subset}/{image}" for image, mine in self.pictures.items() if _distinct(mine) != mine)

    def faults(self) -> Iterator[Problem]:
        """What is wrong with the rows, and is read all the same."""
        if any(row["audio_pos"] for row in self.rows):
            without = [row["img_Id"] for row in self.rows if not row["audio_pos"]]
            if without:
                yield self._fault(
                    "audio_pos is empty, so that a recording is heard in both ears at full level", without
                )
        if self.subset != "VPO-SS":
            for image, mine in self.pictures.items():
                splits = dict.fromkeys(_split(row) for row in mine)
                if len(splits) > 1:
                    yield self._fault(f"rows of one picture in {' and '.join(splits)}; the first counts", [image])
        unknown: dict[str, list[str]] = {}
        for row in self.rows:
            if self._class(row) is None:
                what = f"cateName {row['cateName']!r}, cateId {row['cateId']!r} is no class of this set"
                unknown.setdefault(what, []).append(row["img_Id"])
        yield from (self._fault(what, images) for what, images in unknown.items())

    def _fault(self, what: str, images: Sequence[str]) -> Problem:
        others = f" and {len(images) - 1:,} more rows" if len(images) > 1 else ""
        return Problem(self.table, "metadata", f"{what} (picture {images[0]}{others})")

    @cached_property
    def _tells_instances(self) -> bool:
        """Whether rows say which pictures are borrowed: a column that is absent or all empty does not."""
        return self.subset == "VPO-MSMI" and any(row["multi_instance"] for row in self.rows)

    def _entry(self, rows: Sequence[Row], name: str, image: str, mask: str) -> Entry:
        lent = self._tells_instances and rows[0]["multi_instance"].removesuffix(".0").lower() in FALSE_VALUES
        folder = self.lender if lent else self.table.parent
        return Entry(
            name=f"{self.subset}/{name}",
            split=_split(rows[0]),
            subset=self.subset,
            frames=(folder / "data" / f"{image}.jpg",),
            masks=(folder / "mask" / f"{mask}.png",),
            sources=tuple(self._source(row) for row in rows),
            sounding=tuple(dict.fromkeys(found for row in rows if (found := self._class(row)))),
        )

    def _source(self, row: Row) -> AudioSource:
        path = self.sounds / f"{row['vgg_file'].removesuffix('.wav')}.wav"
        if not self.stereo or not row["audio_pos"]:
            return AudioSource(path)
        try:
            position = float(row["audio_pos"])
        except ValueError:
            position = -1.0
        if not 0 <= position <= 1:
            raise InputError(
                f"{self.table}: audio_pos {row['audio_pos']!r} of picture {row['img_Id']} is no "
                "number from 0 (left) to 1 (right)"
            )
        return AudioSource(path, position)

    def _class(self, row: Row) -> str | None:
        """The class that sounds, by its name, else by its number; None if it is no class of the set."""
        if self.values.get(row["cateName"]):  # background is 0
            return row["cateName"]
        return self._named.get(row["cateId"].removesuffix(".0"))

    @cached_property
    def _named(self) -> dict[str, str]:
        """Classes by their numbers."""
        return {str(value): name for name, value in self.values.items() if value}


def _split(row: Row) -> str:
    return "test" if row["split"] == "val" else row["split"]


def _distinct(rows: Sequence[Row]) -> list[Row]:
    """The rows in their order, each once."""
    return list({tuple(row.values()): row for row in rows}.values())


def _number(text: str) -> str:
    """A number as files are named by it; anything else as it is."""
    digits = text.strip("[]").removesuffix(".0")
    return digits.zfill(DIGITS) if digits.isdigit() else text
