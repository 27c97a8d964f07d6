"""A store in memory, which stands for one in the cloud, with nothing left in it from another test."""

import fsspec
import pytest


@pytest.fixture
def store():
    """The file system of memory://."""
    files = fsspec.filesystem("memory")
    files.store.clear()
    files.pseudo_dirs[:] = [""]
    yield files
    files.store.clear()
    files.pseudo_dirs[:] = [""]
