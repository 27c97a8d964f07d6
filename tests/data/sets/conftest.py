"""Miniature data sets, by the name of their format."""

import importlib.util
from pathlib import Path

import pytest

_SPEC = importlib.util.spec_from_file_location("miniatures", Path(__file__).with_name("miniatures.py"))
_MINIATURES = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_MINIATURES)


@pytest.fixture(scope="session")
def miniatures():
    """The module that writes them, and single files of theirs."""
    return _MINIATURES


@pytest.fixture
def miniature(tmp_path):
    """miniature(format, folder=…, **options): the folder of a new set: s4, ms3, avss or vpo."""

    def write(format_name, folder=tmp_path, **options):
        return _MINIATURES.WRITERS[format_name](folder, **options)

    return write
