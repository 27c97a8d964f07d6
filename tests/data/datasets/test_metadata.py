"""Metadata files: how columns are found, and messages for files that do not fit."""

import pytest

from ravs.data.datasets.find_dataset import find_dataset
from ravs.errors import InputError

TABLES = {
    "s4": "Single-source/s4_meta_data.csv",
    "ms3": "Multi-sources/ms3_meta_data.csv",
    "avss": "metadata.csv",
    "vpo": "VPO/VPO-MS/vpo_ms_data_stereo.csv",
}


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("lines", [0, 1])
def test_a_table_without_a_row_is_named(miniature, name, lines):
    table = miniature(name) / TABLES[name]
    table.write_text("".join(table.read_text().splitlines(keepends=True)[:lines]))
    with pytest.raises(InputError, match=f"{table}: names no video"):
        find_dataset(table.parent)


def test_columns_that_are_taken_by_their_position_are_reported(miniature, miniatures):
    root = miniature("s4")
    table = root / TABLES["s4"]
    rows = [line.split(",") for line in table.read_text().splitlines()]
    assert not any("position" in line for line in find_dataset(root).notes)
    miniatures.save_table(table, ("vid", "start", "category", "split"), *rows[1:])
    line = "s4_meta_data.csv: columns taken by position: header 'vid, start, category, split' not known"
    assert f"{line}; name from column 1" in find_dataset(root).notes
    miniatures.save_table(table, *rows[1:])
    assert (
        find_dataset(root)
        .notes[0]
        .endswith("there is no header; name from column 1, category from column 3, split from column 4")
    )


def test_a_split_that_lies_in_another_column_than_its_position_is_pointed_at(miniature, miniatures):
    table = miniature("s4") / TABLES["s4"]
    rows = [line.split(",") for line in table.read_text().splitlines()][1:]
    indexed = [(place, *row) for place, row in enumerate(rows)]
    miniatures.save_table(table, ("", "vid", "begin", "what", "part"), *indexed)
    with pytest.raises(
        InputError, match=r"csv: no column is called split, and column 4.* holds 'dog_barking'; column 5 \(part\)"
    ):
        find_dataset(table.parent)
    miniatures.save_table(table, *indexed)
    with pytest.raises(InputError, match=r"column 5 \(train\) holds train, val or test"):
        find_dataset(table.parent)
