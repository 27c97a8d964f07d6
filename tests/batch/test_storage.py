"""Results reach their place whole: a temporary name first, then the files, then the marker."""

import json

import pytest

from ravs.batch.storage import MARKER, Place, fetch_results, publish_results
from ravs.errors import InputError, RavsError


def local_results(folder, **files):
    folder.mkdir()
    (folder / "masks").mkdir()
    (folder / "masks" / "0.png").write_bytes(b"mask")
    for name, text in files.items():
        (folder / f"{name}.json").write_text(text)
    return folder


@pytest.fixture(params=["memory", "local"])
def target(request, store, tmp_path):
    return Place.of("memory://out/a" if request.param == "memory" else str(tmp_path / "out" / "a"))


def test_published_results_can_be_fetched_again(tmp_path, target):
    publish_results(local_results(tmp_path / "made", a="1"), target, {"status": "done"})
    fetch_results(target, tmp_path / "back")
    assert (tmp_path / "back" / "masks" / "0.png").read_bytes() == b"mask"
    assert (target / MARKER).read_json() == {"status": "done", "files": {"a.json": 1, "masks/0.png": 4}}
    assert target.sibling("").names() == ["a"]  # nothing under a temporary name


def test_results_without_their_last_file_are_not_marked_as_done(tmp_path, target, monkeypatch):
    moves = []

    def breaking(self, source, to, **_):
        moves.append(to)
        if len(moves) == 2:
            raise OSError("the machine is lost")

    monkeypatch.setattr(type(target.files), "mv", breaking)
    with pytest.raises(OSError, match="lost"):
        publish_results(local_results(tmp_path / "made", a="1"), target, {"status": "done"})
    assert (target / MARKER).read_json()["status"] == "unfinished"


def test_what_a_killed_worker_left_is_removed_and_replaced(tmp_path, target):
    left = target.sibling(".a.01234567.upload") / "a.json"
    left.write(b"half")
    (target / MARKER).write(json.dumps({"status": "unfinished", "files": {"old.json": 1}}).encode())
    (target / "old.json").write(b"1")
    (target / "users.txt").write(b"mine")
    publish_results(local_results(tmp_path / "made", a="1"), target, {"status": "done"})
    assert target.sibling("").names() == ["a"]
    assert target.names() == ["a.json", MARKER, "masks", "users.txt"]


def test_files_of_others_are_not_replaced(tmp_path, target):
    (target / "a.json").write(b"mine")
    with pytest.raises(RavsError, match=r"holds a\.json that no run of ravs batch"):
        publish_results(local_results(tmp_path / "made", a="1"), target, {"status": "done"})
    assert target.files.cat_file((target / "a.json").path) == b"mine"


def test_an_unknown_protocol_is_the_users_mistake():
    with pytest.raises(InputError, match="'s4://a' cannot be reached"):
        Place.of("s4://a")
