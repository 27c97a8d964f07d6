"""Jobs without a model: masks that are there at once."""

import shutil

import numpy as np
import pytest

from ravs.checkpoints.find_model import find_model
from ravs.config import RavsConfig
from ravs.inference.processor import RavsProcessor
from ravs.inference.segment_job.job import SegmentJob, run
from ravs.inference.segmenter import Segmenter
from ravs.structures.model_output import RECORD, WindowOutput

FRAMES = 3


class Quick(Segmenter):
    """A segmenter whose masks are empty, and that calls `before(path, index)` before each of them."""

    def __init__(self):
        self.record = {"name": "quick", "revision": None, "sha256": "0"}
        self.classes = self.mask_classes = ("background", "dog", "car")
        self.processor = RavsProcessor(RavsConfig.preset("ravs-debug"))

    def before(self, path, index):
        pass

    def windows(self, path, settings, *, silent=False):
        for index in range(FRAMES):
            self.before(path, index)
            records = np.zeros(1, RECORD)
            records["time_s"], records["start_s"], records["height"], records["width"] = index + 0.9, index, 32, 48
            nothing = np.zeros((1, 8, 12), np.uint8)
            yield WindowOutput(records, nothing, np.zeros((1, 2, 8, 12), np.uint8), nothing)


class Recorder:
    """Records the events of a job: (event, name of the source or the message)."""

    def __init__(self):
        self.events, self.errors, self.notices, self.tasks = [], [], [], {}

    def __getattr__(self, name):
        def record(task, *_):
            self.tasks[name] = task
            self.events.append((name, task.source.path.name if hasattr(task, "source") else task))

        return record

    def notice(self, task, text):
        self.notices.append(text)

    def error(self, name, message, error):
        self.events.append(("error", message))
        self.errors.append(error)

    def of(self, *names):
        return [entry for entry in self.events if entry[0] in names]


@pytest.fixture(scope="session")
def clip(tmp_path_factory, draw_clip):
    return draw_clip(tmp_path_factory.mktemp("clip") / "a.mp4")


@pytest.fixture
def put(tmp_path, monkeypatch, clip):
    """put(name, …): copies of a short clip in an empty working folder."""
    monkeypatch.chdir(tmp_path)

    def copy(*names):
        for name in names:
            shutil.copy(clip, name)

    return copy


@pytest.fixture
def quick(monkeypatch, model_folder):
    """The segmenter of the jobs; may be changed."""
    segmenter = Quick()
    segmenter.record["sha256"] = find_model(model_folder).sha256
    monkeypatch.setattr("ravs.inference.segmenter.load", lambda *_: segmenter)
    return segmenter


@pytest.fixture
def recorder():
    """A listener."""
    return Recorder()


@pytest.fixture
def work(quick, model_folder):
    """work(names…, formats=…): runs a job, and returns its summary and its listener."""

    def start(*names, listener=None, **choices):
        listener = listener or Recorder()
        return run(SegmentJob(names=names, model=str(model_folder), **choices), listener), listener

    return start


@pytest.fixture
def said(quick, put):
    """A source of which the model says: a dog on the left at 0.8, a car on the right at 0.4 to 0.6."""
    put("a.mp4")

    def windows(path, settings, *, silent=False):
        quick.before(path, 0)
        for index in range(3):
            records = np.zeros(1, RECORD)
            records["time_s"], records["start_s"], records["height"], records["width"] = index + 0.9, index, 32, 48
            sounding, classes = np.zeros((1, 8, 12), np.uint8), np.zeros((1, 2, 8, 12), np.uint8)
            if not silent:
                sounding[..., :4], sounding[..., 8:] = 204, 102 + 25 * index
                classes[:, 0, :, :4] = classes[:, 1, :, 8:] = 255
            yield WindowOutput(records, sounding, classes, sounding // 2)

    quick.windows = windows
    return quick


@pytest.fixture
def no_model(said, monkeypatch):
    """From here on a model that is asked or loaded is a mistake."""

    def forbid():
        def ask(*_, **__):
            raise AssertionError("the model was asked")

        said.before = ask
        monkeypatch.setattr("ravs.inference.segmenter.load", ask)

    return forbid
