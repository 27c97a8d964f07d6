"""A folder of results without any source: what is done, what RAVS did not write, and names."""

import json
from pathlib import Path

import pytest

from ravs.errors import RavsError
from ravs.inference.segment_job.existing_results import missing_formats
from ravs.inference.segment_job.provenance import Provenance
from ravs.inference.segment_job.publish_results import publish
from ravs.inference.segment_job.result_folder import FORMATS, ResultFolder

MADE = Provenance(source="s", sound=None, model="m", settings={"threshold": 0.5})


@pytest.fixture
def folder(tmp_path):
    return ResultFolder(tmp_path / "out" / "street")


def make(folder, *formats, masks=3, complete=True, made=MADE):
    for name in formats:
        for file in folder.files(name):
            files = [f"{file}/{index:06d}.png" for index in range(masks)] if "." not in file else [file]
            for each in files:
                folder.write(each, f"{name} of {masks}")
    publish(folder, formats, made, complete=complete, paths={})


def test_all_formats_are_done_when_all_files_are_there(folder):
    make(folder, *FORMATS)
    assert missing_formats(folder, FORMATS, MADE, "resume") == ()
    record = json.loads((folder.path / "done.json").read_text())
    assert record["files"] == {
        **{"overlay": 1, "masks": 3, "uncertainty": 3, "json": 1, "timeline": 5, "coco": 1, "yolo": 3, "cvat": 1},
        **{"labelstudio": 4, "npz": 1, "prompts": 2, "markers": 2, "alpha": 1, "alpha-vp9": 1, "matte": 1},
    }
    assert not (folder.path / "unfinished.json").exists()


@pytest.mark.parametrize(
    ("lost", "name"),
    [("masks/000001.png", "masks"), ("overlay.mp4", "overlay"), ("timeline.vtt", "timeline"), ("street.json", "json")],
)
def test_a_format_that_lacks_a_file_is_not_done(folder, lost, name):
    make(folder, *FORMATS)
    (folder.path / lost).unlink()
    assert missing_formats(folder, FORMATS, MADE, "resume") == (name,)


def test_a_format_without_files_is_done_where_the_model_has_none_to_give(folder):
    make(folder, "masks", "uncertainty", masks=0)
    assert missing_formats(folder, ("masks", "uncertainty"), MADE, "resume") == ()


def uncount(folder):
    """done.json as earlier versions wrote it."""
    record = json.loads((folder.path / "done.json").read_text())
    del record["files"]
    (folder.path / "done.json").write_text(json.dumps(record))


def test_results_of_a_version_that_did_not_count_are_done(folder):
    formats = ("overlay", "masks", "uncertainty", "json", "timeline")
    make(folder, *formats)
    uncount(folder)
    assert missing_formats(folder, formats, MADE, "resume") == ()
    (folder.path / "timeline.vtt").unlink()
    assert missing_formats(folder, formats, MADE, "resume") == ("timeline",)
    make(folder, "timeline")
    assert missing_formats(folder, formats, MADE, "resume") == ()


def test_a_format_that_had_fewer_files_in_an_earlier_version_is_made_again(folder):
    make(folder, "timeline")
    record = json.loads((folder.path / "done.json").read_text())
    record["files"]["timeline"] = 3
    (folder.path / "done.json").write_text(json.dumps(record))
    for suffix in ("srt", "txt"):
        (folder.path / f"timeline.{suffix}").unlink()
    assert missing_formats(folder, ("timeline",), MADE, "resume") == ("timeline",)


def test_masks_that_a_version_that_did_not_count_has_lost_are_made_again(folder):
    make(folder, "masks", "json")
    document = {"schema": "ravs/1", "frames": [{}, {}, {}]}
    (folder.path / "street.json").write_text(json.dumps(document))
    uncount(folder)
    assert missing_formats(folder, ("masks", "json"), MADE, "resume") == ()
    (folder.path / "masks" / "000002.png").unlink()
    assert missing_formats(folder, ("masks", "json"), MADE, "resume") == ("masks",)


def test_a_format_that_is_added_leaves_the_others_done(folder):
    make(folder, "masks")
    make(folder, "json")
    assert missing_formats(folder, ("masks", "json"), MADE, "resume") == ()


def test_a_format_that_is_dropped_is_neither_published_nor_done(folder):
    folder.write("overlay.mp4", "half")
    folder.drop("overlay")
    make(folder, "masks")
    assert sorted(path.name for path in folder.path.iterdir()) == ["done.json", "masks"]
    assert missing_formats(folder, ("overlay", "masks"), MADE, "resume") == ("overlay",)


def test_what_broke_off_is_known_as_ours_and_made_again(folder):
    make(folder, "masks", "overlay", complete=False)
    assert missing_formats(folder, ("masks",), MADE, "resume") == ("overlay", "masks")
    make(folder, "masks", masks=4)
    assert sorted(path.name for path in folder.path.iterdir()) == ["done.json", "masks"]


def test_a_run_that_was_killed_while_it_moved_its_results_is_known_as_ours(folder, monkeypatch):
    def die(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("ravs.inference.segment_job.publish_results.move_entries", die)
    with pytest.raises(KeyboardInterrupt):
        make(folder, "masks")
    (folder.path / "masks").mkdir()
    monkeypatch.undo()
    assert missing_formats(folder, ("masks",), MADE, "resume") == ("masks",)


@pytest.mark.parametrize("existing", ["resume", "fail"])
@pytest.mark.parametrize("name", ["masks/000000.png", "overlay.mp4", "street.json", "timeline.csv", "done.json"])
def test_files_of_the_user_are_never_replaced_without_permission(folder, name, existing):
    (folder.path / name).parent.mkdir(parents=True, exist_ok=True)
    (folder.path / name).write_text('["mine"]')
    with pytest.raises(RavsError, match=r"overwrite"):
        missing_formats(folder, ("masks",), MADE, existing)
    assert missing_formats(folder, ("masks",), MADE, "overwrite") == ("masks",)
    assert (folder.path / name).read_text() == '["mine"]'


def test_the_refusal_names_what_is_there_and_what_to_do(folder):
    (folder.path / "masks").mkdir(parents=True)
    message = (
        r"street holds masks that no run of RAVS is known to have made\. Choose another --out, or replace them with"
    )
    with pytest.raises(RavsError, match=message):
        missing_formats(folder, FORMATS, MADE, "resume")


def test_other_files_beside_the_results_are_nobody_s_business(folder):
    folder.path.mkdir(parents=True)
    (folder.path / "notes.txt").write_text("mine")
    assert missing_formats(folder, ("masks",), MADE, "resume") == ("masks",)
    make(folder, "masks")
    assert (folder.path / "notes.txt").read_text() == "mine"


def test_a_file_where_the_folder_should_be_is_named(tmp_path):
    (tmp_path / "street").write_text("a video without a suffix")
    with pytest.raises(RavsError, match="street is a file, but the results need a folder of that name: choose"):
        missing_formats(ResultFolder(tmp_path / "street"), ("masks",), MADE, "overwrite")


@pytest.mark.parametrize(
    ("folder_name", "document"),
    [
        ("street", "street.json"),
        ("done", "document.json"),
        ("Unfinished", "document.json"),
        ("x" * 250, "x" * 250 + ".json"),
        ("x" * 251, "document.json"),
        ("音" * 84, "document.json"),
    ],
)
def test_the_document_has_a_name_of_its_own_that_fits(folder_name, document):
    assert ResultFolder(Path(folder_name)).files("json") == (document,)
