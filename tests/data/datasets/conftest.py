"""A small composed set."""

import shutil
from pathlib import Path

import pytest

from ravs.data.composition.clip_writer import ComposedSetSettings, compose_set


@pytest.fixture(scope="session")
def composed_once(library, tmp_path_factory):
    """A composed set of two clips."""
    folder = tmp_path_factory.mktemp("composed")
    settings = ComposedSetSettings(split="val", seed=3, size=32, classes=library.classes, licence="any")
    compose_set(folder, library, settings, subsets=("ms",), count=2)
    return folder


@pytest.fixture
def composed(composed_once, tmp_path):
    """A copy of that set."""
    return Path(shutil.copytree(composed_once, tmp_path, dirs_exist_ok=True))
