"""Shapes that functions annotate are checked while tests run: a tensor or an array of another shape is an error."""

import ast
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from jaxtyping import TypeCheckError

from ravs.evaluation.scoring.prediction_files import read_index
from ravs.inference.guided_filter import add_neighborhood
from ravs.modeling.losses import sounding_logits
from ravs.structures.rle import encode_mask
from support.shaped_modules import SOURCE, module_name, shape_names, shaped_modules


@cache
def trees():
    """Each module of the package, parsed."""
    return {module_name(path): ast.parse(path.read_text(encoding="utf-8")) for path in SOURCE.rglob("*.py")}


def names_in(node):
    """Names that stand in this part of a program."""
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)} if node else set()


@cache
def stands_for_a_shape(module, name):
    """Whether this name is jaxtyping's, or an alias of such a name, in this module or where it comes from."""
    for node in ast.walk(trees()[module]) if module in trees() else ():
        if isinstance(node, ast.ImportFrom) and name in {one.asname or one.name for one in node.names}:
            original = next(one.name for one in node.names if name == (one.asname or one.name))
            return node.module == "jaxtyping" or stands_for_a_shape(node.module, original)
        if isinstance(node, ast.Assign) and name in {getattr(target, "id", None) for target in node.targets}:
            return any(stands_for_a_shape(module, one) for one in names_in(node.value) - {name})
    return False


def names_in_annotations(tree):
    """Names in the annotations of all parameters, results and fields."""
    for node in ast.walk(tree):
        if isinstance(node, ast.arg | ast.AnnAssign):
            yield from names_in(node.annotation)
        elif isinstance(node, ast.FunctionDef):
            yield from names_in(node.returns)


@pytest.mark.parametrize(
    ("function", "wrong"),
    [
        (sounding_logits, torch.zeros(3, 4, 4)),
        (lambda maps: add_neighborhood(maps, 0.1), torch.zeros(3, 4, 4)),
        (encode_mask, np.zeros((2, 4, 4), bool)),
    ],
    ids=["modeling", "inference", "structures"],
)
def test_a_wrong_shape_is_an_error(function, wrong):
    with pytest.raises(TypeCheckError):
        function(wrong)


def test_a_wrong_type_is_an_error_where_only_an_alias_is_imported(monkeypatch):
    pixels = np.zeros((4, 4), np.int32)
    monkeypatch.setattr("ravs.evaluation.scoring.prediction_files.read_pixels", lambda *_: ("1", pixels))
    with pytest.raises(TypeCheckError):
        read_index(Path("a.png"), 2, truth=True)


def test_every_module_that_annotates_shapes_is_checked():
    annotated = {name: set(names_in_annotations(tree)) for name, tree in trees().items()}
    shaped = {module for module, names in annotated.items() if any(stands_for_a_shape(module, one) for one in names)}
    assert len(shaped) > 50 and shaped <= set(shaped_modules())


def test_modules_that_are_checked_were_imported_after_the_hook_was_installed():
    imported = [sys.modules[name] for name in shaped_modules() if name in sys.modules]
    assert imported and {type(module.__loader__).__module__ for module in imported} == {"jaxtyping._import_hook"}


def test_aliases_of_aliases_and_those_of_other_modules_stand_for_shapes():
    text = """
from ravs.a import (
    Known,
    other,
)
if TYPE_CHECKING:
    from jaxtyping import Float
Map = Float[Tensor, "height width"]
Maps = tuple[Map, ...]
Number = int
"""
    assert shape_names(text, {"ravs.a": {"Known"}}) == {"Known", "Float", "Map", "Maps"}
    assert shape_names("from ravs.b import Known\nA = Known", {"ravs.a": {"Known"}}) == set()
