import stat
import time
from pathlib import Path
from threading import Event, Thread

import pytest

from ravs.app.visits import Visits, sweep_often
from ravs.errors import InputError


class Clock:
    def __init__(self):
        self.now_s = 0.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def upload(tmp_path):
    path = tmp_path / "My Clip.MP4"
    path.write_bytes(b"video")
    return path


def test_a_visit_has_a_copy_of_the_upload_that_outlives_it(visits, upload):
    visit = visits.begin("ann", upload)
    upload.unlink()
    assert visit.source.read_bytes() == b"video"
    assert visit.name == "My Clip.MP4"
    assert visit.source.is_relative_to(visit.folder)


def test_only_this_user_can_look_into_the_folders(visits, upload):
    visit = visits.begin("ann", upload)
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in (visits.root, visit.folder)] == [0o700, 0o700]


def test_names_of_visits_cannot_be_guessed_from_each_other(visits, upload):
    tokens = {visits.begin(str(number), upload).token for number in range(50)}
    assert len(tokens) == 50
    assert all(len(token) >= 22 for token in tokens)  # 128 bits in base64


def test_a_visitor_finds_only_what_is_theirs(visits, upload):
    ann, bob = visits.begin("ann", upload), visits.begin("bob", upload)
    assert (visits.of("ann"), visits.of("bob")) == (ann, bob)
    with pytest.raises(InputError, match="no longer kept"):
        visits.of("eve")
    for token in ("", "../" + ann.token, ann.token[:-1]):
        with pytest.raises(InputError, match="no longer kept"):
            visits.get(token)


def test_a_second_video_replaces_the_first_and_leaving_deletes_all(visits, upload):
    first = visits.begin("ann", upload)
    second = visits.begin("ann", upload)
    assert not first.folder.exists() and second.folder.exists()
    visits.end("ann")
    visits.end("ann")  # twice is once
    assert not second.folder.exists()


def test_what_is_left_is_deleted_half_an_hour_after_its_last_use(upload):
    clock = Clock()
    visits = Visits(clock=clock)
    old, used = visits.begin("ann", upload), visits.begin("bob", upload)
    clock.now_s = 1700
    visits.get(used.token)
    clock.now_s = 1801
    visits.begin("eve", upload)
    assert not old.folder.exists() and used.folder.exists()
    visits.close()
    assert not visits.root.exists()


def test_it_is_deleted_even_if_nobody_comes_any_more(upload):
    clock, stop = Clock(), Event()
    visits = Visits(clock=clock)
    left = visits.begin("ann", upload)
    clock.now_s = 1801
    sweeper = Thread(target=sweep_often, args=(visits, stop, 0.01))
    sweeper.start()
    deadline = time.monotonic() + 5
    while left.folder.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    stop.set()
    sweeper.join(timeout=5)
    assert not left.folder.exists() and not sweeper.is_alive()
    visits.close()


def test_a_file_of_another_file_system_is_copied(visits, upload, monkeypatch):
    def refuse(*_):
        raise OSError("cross-device link")

    monkeypatch.setattr("os.link", refuse)
    assert Path(visits.begin("ann", upload).source).read_bytes() == b"video"
