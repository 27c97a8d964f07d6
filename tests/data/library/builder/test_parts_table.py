import pytest

from ravs.data.library.builder.credits import credits_markdown
from ravs.data.library.builder.parts_table import PartsTable, group_by_package
from ravs.errors import InputError

TABLE = PartsTable.read()


def test_the_table_holds_as_many_parts_as_the_library():
    counts = {kind: 0 for kind in ("cutout", "sound", "ambient", "background")}
    for source in TABLE.sources:
        counts[source.kind] += 1
    assert counts == {"cutout": 218, "sound": 779, "ambient": 49, "background": 118}
    assert len(TABLE.classes) == 59 and [index for index, _, _ in TABLE.classes] == list(range(1, 60))


def test_each_part_has_all_that_making_verifying_and_crediting_it_need():
    assert len({source.path for source in TABLE.sources}) == len(TABLE.sources)
    for source in TABLE.sources:
        assert source.split in ("train", "val") and source.licence and source.author and source.source
        assert len(source.sha256) == 16 and source.sketch
        assert (source.class_name in TABLE.tiers) == (source.kind in ("cutout", "sound"))


def test_the_processing_of_each_part_is_known():
    for source in TABLE.sources:
        word, *values = source.how.split() or [""]
        assert word in ("", "mask", "play", "speak", "drive")
        if word == "mask":
            assert (TABLE.folder / "masks" / values[0]).exists()
        if word == "speak":
            assert len(values) == source.source.count(",")
    used = {source.how.split()[1] for source in TABLE.sources if source.how.startswith("mask")}
    assert used == {path.name for path in (TABLE.folder / "masks").iterdir()}


def test_a_group_never_straddles_the_splits():
    splits = {}
    for source in TABLE.sources:
        splits.setdefault((source.kind, source.group), set()).add(source.split)
    assert all(len(found) == 1 for found in splits.values())


def test_a_folder_without_a_table_says_what_one_has(tmp_path):
    with pytest.raises(InputError, match=r"a table has parts\.csv, packages\.csv, classes\.csv and masks/"):
        PartsTable.read(tmp_path)


def test_credits_name_every_file_its_source_author_licence_and_package():
    text = credits_markdown()
    for (package, version), sources in group_by_package(TABLE.sources).items():
        section = text.split(f"## {package} {version}\n")[1].split("\n## ")[0]
        for source in sources:
            assert section.count(f"- `{source.path}` from `{source.source}`") == 1
            by = section.split(f"- `{source.path}`")[0].rsplit(":\n\n", 1)[0].rsplit("\n\n", 1)[-1]
            assert by == f"{source.author}, {source.licence}"
    assert text.count("\n- `") == len(TABLE.sources)


def test_every_licence_is_linked_or_says_all_there_is_to_say():
    links = credits_markdown().split("## Licences")[1]
    for licence in {source.licence for source in TABLE.sources} - {"public-domain"}:
        assert f"- {licence.replace(',', ' ').split()[0]}: https://" in links


def test_credits_of_a_library_list_what_it_holds(tmp_path):
    kept = TABLE.sources[5]
    (tmp_path / "manifest.csv").write_text(f"path\n{kept.path}\n")
    text = credits_markdown(tmp_path)
    assert (
        text.count("\n- `") == 1 and f"`{kept.path}`" in text and text.startswith("# Credits of the library\n\n1 files")
    )


def test_files_that_the_table_does_not_know_are_refused(tmp_path):
    (tmp_path / "manifest.csv").write_text("path\nsounds/bell/mine.ogg\n")
    with pytest.raises(InputError, match=r"1 files that the table does not know \(sounds/bell/mine\.ogg"):
        credits_markdown(tmp_path)
