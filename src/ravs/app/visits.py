"""What each visitor of the page left on this machine: reachable by an unguessable name, and deleted afterwards."""

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_urlsafe
from tempfile import mkdtemp
from threading import Event, Lock

from ravs.errors import InputError
from ravs.inference.result import Prediction
from ravs.structures.model_output import ModelOutput

KEEP_S = 1800  # since something was last asked of a visit
SWEEP_S = 60  # between two looks for what is older
SOURCE_FOLDER = "source"  # of an upload, under its own name
VISIT_PATH = "/visit"  # below which the files of visits are served
GONE = "the video of this page is no longer kept: load it again"


@dataclass(eq=False)
class Visit:
    """One video of one visitor: its folder, and what the model said of it. `lock` guards what changes."""

    token: str  # of 128 random bits
    folder: Path
    source: Path
    lock: Lock = field(default_factory=Lock)
    prediction: Prediction | None = None  # under the settings that are shown now
    compared: Prediction | None = None  # with the changed sound that was tried last
    compared_name: str = ""  # of the change
    used_s: float = 0.0  # of the clock of Visits

    @property
    def name(self) -> str:
        """Of the video, as its visitor knows it."""
        return self.source.name

    @property
    def address(self) -> str:
        """What the addresses of its files begin with."""
        return f"{VISIT_PATH}/{self.token}"

    def shown(self) -> Prediction:
        """What is shown now. Raises: InputError before the model has run."""
        if self.prediction is None:
            raise InputError(GONE)
        return self.prediction

    def output(self) -> ModelOutput:
        """What the model said. Raises: InputError before it has run."""
        output = self.shown().model_output
        assert output is not None  # of segment, not of a document
        return output


class Visits:
    """All visits, in a folder that only this user can read. A visitor has one video at a time."""

    def __init__(self, keep_s: float = KEEP_S, clock: Callable[[], float] = time.monotonic) -> None:
        """No visits. Each is deleted `keep_s` seconds after its last use; `clock` gives seconds."""
        self.root = Path(mkdtemp(prefix="ravs-demo-"))
        self._keep_s, self._clock = keep_s, clock
        self._visits: dict[str, Visit] = {}
        self._tokens: dict[str, str] = {}  # of visitors
        self._lock = Lock()

    def begin(self, visitor: str, upload: Path) -> Visit:
        """A visit with a copy of this upload; the visitor's former one is deleted, as are those that were left."""
        self.sweep()
        self.end(visitor)
        token = token_urlsafe(16)
        folder = self.root / token
        source = folder / SOURCE_FOLDER / upload.name
        folder.mkdir(mode=0o700)
        source.parent.mkdir()
        link_or_copy(upload, source)
        visit = Visit(token, folder, source, used_s=self._clock())
        with self._lock:
            self._visits[token], self._tokens[visitor] = visit, token
        return visit

    def get(self, token: str) -> Visit:
        """The visit of this token. Raises: InputError where there is none, or none any more."""
        with self._lock:
            visit = self._visits.get(token)
            if visit is None:
                raise InputError(GONE)
            visit.used_s = self._clock()
            return visit

    def of(self, visitor: str) -> Visit:
        """The visit of a visitor. Raises: InputError as `get` does."""
        with self._lock:
            token = self._tokens.get(visitor, "")
        return self.get(token)

    def end(self, visitor: str) -> None:
        """Deletes what a visitor left."""
        with self._lock:
            token = self._tokens.pop(visitor, "")
        self._delete(token)

    def sweep(self) -> None:
        """Deletes visits that nobody has used for long."""
        with self._lock:
            old = [visit.token for visit in self._visits.values() if self._clock() - visit.used_s > self._keep_s]
            self._tokens = {visitor: token for visitor, token in self._tokens.items() if token not in old}
        for token in old:
            self._delete(token)

    def close(self) -> None:
        """Deletes all."""
        with self._lock:
            self._visits.clear()
            self._tokens.clear()
        shutil.rmtree(self.root, ignore_errors=True)

    def _delete(self, token: str) -> None:
        with self._lock:
            visit = self._visits.pop(token, None)
        if visit is not None:
            shutil.rmtree(visit.folder, ignore_errors=True)


def sweep_often(visits: Visits, stop: Event, every_s: float = SWEEP_S) -> None:
    """Deletes what nobody uses any more, now and then, until told to stop."""
    while not stop.wait(every_s):
        visits.sweep()


def link_or_copy(file: Path, to: Path) -> None:
    """The file under a second name, which outlives the first."""
    try:
        os.link(file, to)
    except OSError:  # of another file system
        shutil.copyfile(file, to)
