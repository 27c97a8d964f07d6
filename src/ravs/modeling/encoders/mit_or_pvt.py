"""Tells files of MiT and PVT-v2 apart, whose tensors have the same names and shapes, by the order of the tensors.

Sources: SegFormer's MixVisionTransformer creates its four patch embeddings first, PVT's PyramidVisionTransformerV2 one
stage after another; a file of PyTorch's keeps that order, one of safetensors does not.
"""

from collections.abc import Iterable
from pathlib import Path

from ravs.errors import ModelNotFoundError

LOOKALIKES = {"mit-b5": "pvt-v2-b5", "pvt-v2-b5": "mit-b5"}
FILE_NAME_WORDS = {"mit-b5": ("mit", "segformer"), "pvt-v2-b5": ("pvt",)}  # in names of files


def check_mit_or_pvt(name: str, keys: Iterable[str], path: Path) -> None:
    """Raises: ModelNotFoundError for a file of MiT where PVT-v2's is wanted, or the other way round.

    The order of `keys`, in the authors' names, decides; where it is neither's, the name of the file does.
    """
    if name not in LOOKALIKES:
        return
    by_order = encoder_by_order(keys)
    found, reason = (by_order, "the order of its tensors") if by_order else (encoder_by_file_name(path), "its name")
    if found == LOOKALIKES[name]:
        raise ModelNotFoundError(
            f"{path} holds weights of {found}, by {reason}, and only their shapes fit {name}: give the file of {name}, "
            f"or take {found} as the encoder"
        )


def encoder_by_order(keys: Iterable[str]) -> str | None:
    """Which of the two creates its tensors in this order; None for another order, as of files sorted by name."""
    parts = list(dict.fromkeys(key.partition(".")[0] for key in keys))
    if not {"patch_embed1", "patch_embed2", "block1", "block2"} <= set(parts):
        return None
    place = parts.index
    if place("patch_embed2") < place("block1"):
        return "mit-b5"
    in_turn = place("patch_embed1") < place("block1") < place("patch_embed2") < place("block2")
    return "pvt-v2-b5" if in_turn else None


def encoder_by_file_name(path: Path) -> str | None:
    """Which of the two the name of a file contains, if one of them."""
    named = [name for name, words in FILE_NAME_WORDS.items() if any(word in path.stem.lower() for word in words)]
    return named[0] if len(named) == 1 else None
