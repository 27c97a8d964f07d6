"""The tables of VPO: which rows are a sample, and where its picture, mask and recordings lie."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ravs.data.sets.entry import Entry, Source
from ravs.data.sets.layout import read_rows
from ravs.errors import InputError

Row = dict[str, str]

COLUMNS = ("img_Id", "ann_Ids", "cateName", "cateId", "vgg_file", "audio_pos", "split", "multi_instance")
OPTIONAL = ("ann_Ids", "cateId", "audio_pos", "multi_instance")
DIGITS = 12  # of a number in a file's name
NOT_SET = ("0", "false")


@dataclass(frozen=True, kw_only=True)
class VpoPart:
    """One of the three, and where its parts lie."""

    subset: str  # VPO-SS, VPO-MS or VPO-MSMI
    table: Path
    lender: Path  # VPO-MS, where rows of VPO-MSMI with multi_instance 0 have picture and mask
    sounds: Path
    values: Mapping[str, int]  # by class, in masks and in cateId
    stereo: bool

    def entries(self) -> Iterator[Entry]:
        """In VPO-SS one for each row, else one for all rows of a picture. Raises InputError if the table does not fit.

        Rows of the split "val" count as test, as the peers have it.
        """
        rows = read_rows(self.table, dict.fromkeys(COLUMNS), OPTIONAL)
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
        folder = self.lender if lent else self.table.parent
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
                f"{self.table}: audio_pos {row['audio_pos']!r} of picture {row['img_Id']} is no "
                "number from 0 (left) to 1 (right)"
            )
        return Source(path, position)

    def _class(self, row: Row) -> str | None:
        """The class that sounds, by its name, else by its number; None if it is no class of the set."""
        named = {str(value): name for name, value in self.values.items() if value}
        if row["cateName"] in named.values():
            return row["cateName"]
        return named.get(row["cateId"].removesuffix(".0"))


def _number(text: str) -> str:
    """A number as files are named by it; anything else as it is."""
    digits = text.strip("[]").removesuffix(".0")
    return digits.zfill(DIGITS) if digits.isdigit() else text
