import dataclasses
from io import BytesIO

import numpy as np

from ravs.inference.outputs.label_arrays import masks_npz


def test_numpy_opens_labels_times_and_classes(prediction):
    read = np.load(BytesIO(masks_npz(prediction)))
    assert read["labels"].dtype == np.uint8
    np.testing.assert_array_equal(read["labels"], [frame.labels for frame in prediction])
    np.testing.assert_array_equal(read["time"], [frame.time_s for frame in prediction])
    np.testing.assert_array_equal(read["start"], [0, 1, 2])
    assert read["classes"].tolist() == list(prediction.classes)
    assert "uncertainty" not in read


def test_uncertainty_is_there_where_every_mask_has_its_map(prediction):
    map_ = np.array([[0, 51], [255, 102]], np.uint8)
    frames = tuple(dataclasses.replace(frame, uncertainty_map=map_) for frame in prediction)
    read = np.load(BytesIO(masks_npz(dataclasses.replace(prediction, frames=frames))))
    assert (read["uncertainty"].dtype, read["uncertainty"].shape) == (np.float16, (3, 2, 2))
    np.testing.assert_allclose(read["uncertainty"][1], [[0, 0.2], [1, 0.4]], atol=1e-3)


def test_no_mask_at_all_is_an_archive_too(prediction):
    read = np.load(BytesIO(masks_npz(dataclasses.replace(prediction, frames=()))))
    assert read["labels"].shape == (0, 4, 6)
