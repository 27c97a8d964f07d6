"""PAPER.md against the code: every equation has one function that says so, and one test."""

import importlib
import inspect
import re
from pathlib import Path

import pytest

from ravs.config import RavsConfig

HERE = Path(__file__).parent
TEXT = (HERE.parent / "PAPER.md").read_text()
ROW = re.compile(r"^\| \((.+?)\) \| `([\w.]+)\.(\w+)` \| `([\w/.]+)::(\w+)` \| .+ \|$", re.MULTILINE)
ROWS = ROW.findall(TEXT)


def test_every_equation_of_the_paper_has_a_row():
    assert [int(number) for number, *_ in ROWS] == list(range(2, 13))  # eq. 1 is the task itself


@pytest.mark.parametrize(("number", "module", "function", "file", "test"), ROWS)
def test_each_equation_has_one_function_that_says_so_and_one_test(number, module, function, file, test):
    docstring = inspect.getdoc(getattr(importlib.import_module(module), function)) or ""
    assert docstring.startswith(f"Eq. ({number}).")
    assert f"def {test}(" in (HERE / file).read_text()


def test_no_other_function_claims_an_equation():
    claims = [
        int(number)
        for path in sorted((HERE.parent / "src").rglob("*.py"))
        for number in re.findall(r'"""Eq\. \((\d+)\)\.', path.read_text())
    ]
    assert sorted(claims) == list(range(2, 13))


@pytest.mark.parametrize("switch", sorted(set(re.findall(r"\*(\w+)\*", TEXT.split("## What we decided")[1]))))
def test_each_switch_that_is_named_exists(switch):
    assert hasattr(RavsConfig(), switch)
