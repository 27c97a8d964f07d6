"""Locks between processes: with threads that count, and a process that is killed."""

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from time import sleep

import pytest

from ravs import file_lock as locks
from ravs.file_lock import LockedError, locked

HOLDS = """
import sys, time; sys.path.insert(0, {source!r})
from pathlib import Path; from ravs.file_lock import locked
with locked(Path({file!r})): print("held", flush=True); time.sleep(60)
"""


def test_of_many_callers_one_at_a_time_holds_the_lock_and_no_file_is_left(tmp_path, monkeypatch):
    monkeypatch.setattr(locks, "RETRY_S", 0.001)
    counted, inside = [0], []

    def count(_):
        with locked(tmp_path / "deep" / ".a.lock"):
            inside.append(1)
            assert len(inside) == 1
            seen = counted[0]
            sleep(0.0002)
            counted[0] = seen + 1
            inside.pop()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count, range(40)))
    assert counted == [40]
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_folder_that_is_removed_while_it_is_made_is_made_again(tmp_path, monkeypatch):
    make, errors = Path.mkdir, [FileExistsError, FileNotFoundError]

    def mkdir(folder, **more):
        if errors:
            raise errors.pop()(str(folder))
        make(folder, **more)

    monkeypatch.setattr(Path, "mkdir", mkdir)
    with locked(tmp_path / "deep" / ".a.lock") as is_guarded:
        assert is_guarded and not errors


@pytest.mark.parametrize("make", [Path.touch, lambda path: path.symlink_to("nowhere")], ids=["file", "dangling link"])
def test_a_parent_that_is_no_folder_is_an_error_at_once(tmp_path, make):
    make(tmp_path / "deep")
    with pytest.raises(FileExistsError), locked(tmp_path / "deep" / ".a.lock"):
        pass


def test_a_caller_that_does_not_wait_is_refused_and_one_that_does_is_notified_once(tmp_path, monkeypatch):
    monkeypatch.setattr(locks, "RETRY_S", 0.001)
    file, notified, inside = tmp_path / ".a.lock", [], Event()

    def wait():
        with locked(file, on_wait=lambda: notified.append("waits")):
            inside.set()

    with ThreadPoolExecutor() as pool:
        with locked(file):
            with pytest.raises(LockedError), locked(file, wait=False):
                pass
            second = pool.submit(wait)
            while not notified:
                sleep(0.001)
            assert not inside.wait(0.02)
        second.result()
    assert notified == ["waits"] and inside.is_set()


def test_a_killed_process_holds_nothing(tmp_path):
    file = tmp_path / ".a.lock"
    program = HOLDS.format(source=str(Path(locks.__file__).parents[1]), file=str(file))
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        with pytest.raises(LockedError), locked(file, wait=False):
            pass
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert file.exists()
    with locked(file, wait=False):
        pass
    assert not file.exists()


def test_folders_that_a_lock_made_go_again_unless_something_lies_there(tmp_path):
    with locked(tmp_path / "none" / "deep" / ".a.lock"):
        pass
    assert list(tmp_path.iterdir()) == []
    with locked(tmp_path / "out" / "deep" / ".a.lock"):
        (tmp_path / "out" / "result").write_text("mine")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["result"]
