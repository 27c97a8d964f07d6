"""Checks the shapes that functions annotate: jaxtyping's checks, at less cost.

jaxtyping checks all functions of a module, and the arguments of each twice. Here functions without a shape stay as they
are, and most others check each argument once. What is wrong is reported by jaxtyping, in its own words.
"""

import inspect
from collections.abc import Callable
from dataclasses import is_dataclass
from functools import partial, wraps
from typing import Any, get_args

import jaxtyping
from beartype import beartype
from beartype.roar import BeartypeCallHintViolation
from jaxtyping import AbstractArray, install_import_hook, jaxtyped

from support.shaped_modules import shaped_modules


def install() -> None:
    """From here on functions of modules that annotate shapes are checked. To be called before these are imported."""
    install_import_hook(shaped_modules(), "beartype.beartype")
    jaxtyping.jaxtyped = check_shapes  # what the hook decorates with


def check_shapes(function: Any = None, *, typechecker: Any) -> Any:
    """In place of `jaxtyping.jaxtyped`: decorates a function or a class."""
    if function is None:
        return partial(check_shapes, typechecker=typechecker)
    if isinstance(function, type):
        if is_dataclass(function) and "__init__" in vars(function):
            function.__init__ = check_shapes(function.__init__, typechecker=typechecker)
        return function
    if not inspect.isfunction(function):
        return jaxtyped(function, typechecker=typechecker)
    shapes = shapes_in(tuple(function.__annotations__.values()))
    if inspect.isgeneratorfunction(function) or any(shape is None or "{" in shape for shape in shapes):
        return jaxtyped(function, typechecker=typechecker)
    return check_once(function) if shapes else function


def shapes_in(annotation: Any) -> list[str | None]:
    """Dimensions of all arrays in an annotation; None for a text, which jaxtyping reads."""
    if isinstance(annotation, str):
        return [None]
    if isinstance(annotation, type) and issubclass(annotation, AbstractArray):
        return [annotation.dim_str]
    parts = annotation if isinstance(annotation, tuple | list) else get_args(annotation)
    return [shape for part in parts if part != annotation for shape in shapes_in(part)]


def check_once(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function; its arguments and its result share the names of dimensions."""
    checked = beartype(function)

    @wraps(function)
    def in_own_context(*args: Any, **kwargs: Any) -> Any:
        try:
            with jaxtyped("context"):
                return checked(*args, **kwargs)
        except BeartypeCallHintViolation:
            jaxtyped(function, typechecker=beartype)(*args, **kwargs)  # its error says which dimension is wrong
            raise

    return in_own_context
