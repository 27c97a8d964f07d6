"""Folders of predictions and truth, written from arrays."""

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def folders(tmp_path):
    """Writes arrays by name: images by default, `.npy` where they are floats; returns both folders."""

    def write(predictions, truths):
        for kind, arrays in (("pred", predictions), ("true", truths)):
            for name, array in arrays.items():
                path = tmp_path / kind / name
                path.parent.mkdir(parents=True, exist_ok=True)
                if array.dtype.kind == "f" or (kind == "pred" and array.ndim == 3):
                    np.save(path.with_suffix(".npy"), array)
                else:
                    Image.fromarray(array).save(path.with_suffix(".png"))
        return tmp_path / "pred", tmp_path / "true"

    return write
