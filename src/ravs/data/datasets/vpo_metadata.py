"""Metadata of VPO: the rows of each sample, and paths of its image, mask and recordings."""

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
DIGITS = 12  # of numbers in file names
FALSE_VALUES = ("", "0", "false", "no")


@dataclass(frozen=True, kw_only=True)
class VpoPart:
    """One of the three subsets, and where its files are."""

    subset: str  # VPO-SS, VPO-MS or VPO-MSMI
    table: Path
    ms_folder: Path  # VPO-MS, which has images and masks of rows of VPO-MSMI with multi_instance 0
    audio_folder: Path
    values: Mapping[str, int]  # in masks and cateId, by class
    stereo: bool

    @cached_property
    def rows(self) -> list[Row]:
        """The rows of the metadata. Raises InputError if they do not fit."""
        return read_rows(self.table, dict.fromkeys(COLUMNS), OPTIONAL)

    @cached_property
    def rows_by_image(self) -> dict[str, list[Row]]:
        """The rows of each image, in the order of the metadata."""
        found: dict[str, list[Row]] = {}
        for row in self.rows:
            found.setdefault(_number(row["img_Id"]), []).append(row)
        return found

    def entries(self) -> Iterator[Entry]:
        """The entries: one for each row of VPO-SS, else one for all distinct rows of an image.

        Rows of split "val" count as test, as in CAVP. Raises InputError if the metadata do not fit.
        """
        if self.subset == "VPO-SS":
            times: Counter[str] = Counter()
            for row in self.rows:
                image, mask = _number(row["img_Id"]), f"{_number(row['img_Id'])}_{_number(row['ann_Ids'])}"
                times[mask] += 1  # an object may be paired with several recordings
                name = mask if times[mask] == 1 else f"{mask}_{times[mask]}"
                yield self._entry([row], name, f"{row['cateName']}/{image}", f"{row['cateName']}/{mask}")
            return
        for image, rows in self.rows_by_image.items():
            yield self._entry(_distinct(rows), image, image, image)

    def duplicate_names(self) -> Iterator[str]:
        """The names of entries with duplicate rows."""
        if self.subset != "VPO-SS":  # in which each row is a sample
            yield from (
                f"{self.subset}/{image}" for image, rows in self.rows_by_image.items() if _distinct(rows) != rows
            )

    def problems(self) -> Iterator[Problem]:
        """Problems of rows that do not prevent reading."""
        if any(row["audio_pos"] for row in self.rows):
            without = [row["img_Id"] for row in self.rows if not row["audio_pos"]]
            if without:
                yield self._problem(
                    "audio_pos is empty, so that a recording is at full level in both channels", without
                )
        if self.subset != "VPO-SS":
            for image, rows in self.rows_by_image.items():
                splits = dict.fromkeys(_split(row) for row in rows)
                if len(splits) > 1:
                    yield self._problem(f"rows of one image in {' and '.join(splits)}; the first counts", [image])
        unknown: dict[str, list[str]] = {}
        for row in self.rows:
            if self._class(row) is None:
                what = f"cateName {row['cateName']!r}, cateId {row['cateId']!r} is no class of this set"
                unknown.setdefault(what, []).append(row["img_Id"])
        yield from (self._problem(what, images) for what, images in unknown.items())

    def _problem(self, what: str, images: Sequence[str]) -> Problem:
        others = f" and {len(images) - 1:,} more rows" if len(images) > 1 else ""
        return Problem(self.table, "metadata", f"{what} (image {images[0]}{others})")

    @cached_property
    def _has_multi_instance(self) -> bool:
        """Whether multi_instance has values, which say whose image and mask a row uses."""
        return self.subset == "VPO-MSMI" and any(row["multi_instance"] for row in self.rows)

    def _entry(self, rows: Sequence[Row], name: str, image: str, mask: str) -> Entry:
        from_ms = self._has_multi_instance and rows[0]["multi_instance"].removesuffix(".0").lower() in FALSE_VALUES
        folder = self.ms_folder if from_ms else self.table.parent
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
        path = self.audio_folder / f"{row['vgg_file'].removesuffix('.wav')}.wav"
        if not self.stereo or not row["audio_pos"]:
            return AudioSource(path)
        try:
            position = float(row["audio_pos"])
        except ValueError:
            position = -1.0
        if not 0 <= position <= 1:
            raise InputError(
                f"{self.table}: audio_pos {row['audio_pos']!r} of image {row['img_Id']} is no "
                "number from 0 (left) to 1 (right)"
            )
        return AudioSource(path, position)

    def _class(self, row: Row) -> str | None:
        """The class of a row, by name, else by category; None if it is no class of the data set."""
        if self.values.get(row["cateName"]):  # 0 is background
            return row["cateName"]
        return self._class_of_category.get(row["cateId"].removesuffix(".0"))

    @cached_property
    def _class_of_category(self) -> dict[str, str]:
        """Class names by category, as text."""
        return {str(value): name for name, value in self.values.items() if value}


def _split(row: Row) -> str:
    return "test" if row["split"] == "val" else row["split"]


def _distinct(rows: Sequence[Row]) -> list[Row]:
    """The rows in order, without duplicates."""
    return list({tuple(row.values()): row for row in rows}.values())


def _number(text: str) -> str:
    """A number as in file names; anything else unchanged."""
    digits = text.strip("[]").removesuffix(".0")
    return digits.zfill(DIGITS) if digits.isdigit() else text
