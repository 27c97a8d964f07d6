"""What the two parts of a processor share: kinds of tensors, and saved keys."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from torch import Tensor
from transformers import BatchFeature, TensorType

from ravs.errors import InputError

TENSOR_TYPES = ("pt", "np")  # of return_tensors: PyTorch, NumPy


def as_tensor_type(tensors: dict[str, Tensor], return_tensors: str | TensorType | None) -> BatchFeature:
    """Tensors by name as PyTorch's ("pt") or NumPy's ("np", and None). Raises: InputError for another kind."""
    kind = return_tensors.value if isinstance(return_tensors, TensorType) else return_tensors or "np"
    if kind not in TENSOR_TYPES:
        raise InputError(f"return_tensors is {return_tensors!r}; it must be 'pt' for PyTorch or 'np' for NumPy")
    return BatchFeature(tensors if kind == "pt" else {name: one.numpy() for name, one in tensors.items()})


def read_sizes(target_sizes: Any, count: int) -> list[tuple[int, int]]:
    """(height, width) for each of `count` clips, of a list or tensor. Raises: InputError for anything else."""
    try:
        sizes = np.asarray(target_sizes)
        fits = sizes.shape == (count, 2) and sizes.dtype.kind in "iu" and bool((sizes > 0).all())
    except ValueError:  # of different lengths
        fits = False
    if not fits:
        clips = f"{count} clip{'s' * (count != 1)}"
        raise InputError(f"target_sizes is {target_sizes!r} for {clips}: give one (height, width) for each, in a list")
    return [(int(height), int(width)) for height, width in sizes]


def check_saved_keys(part: type, keys: Iterable[str], type_key: str) -> None:
    """Raises: InputError for a key that a part of a processor does not have, but for those that name its class."""
    if unknown := [key for key in keys if key not in (type_key, "processor_class")]:
        raise InputError(
            f"{part.__name__} has no key {', '.join(unknown)}: leave it out; help({part.__name__}) lists all"
        )
