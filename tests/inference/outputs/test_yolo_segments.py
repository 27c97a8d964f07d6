from pathlib import Path

import numpy as np
import supervision
from PIL import Image

from ravs.data.custom.rasterize import polygon_mask
from ravs.inference.outputs.yolo_segments import yolo_files


def test_lines_give_the_masks_back(prediction):
    files = dict(yolo_files(prediction))
    for frame in prediction:
        labels = np.zeros(frame.size, np.uint8)
        for line in files[f"labels/my street_{frame.index}.txt"].splitlines():
            index, *values = line.split()
            corners = np.array(values, float).reshape(-1, 2) * [6, 4]
            labels[polygon_mask([*map(tuple, corners.tolist())], frame.size)] = int(index) + 1
        np.testing.assert_array_equal(labels, frame.labels)


def test_supervision_opens_it_as_a_data_set(prediction, tmp_path):
    for name, text in yolo_files(prediction):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "images").mkdir()
    for frame in prediction:
        Image.new("RGB", frame.size[::-1]).save(tmp_path / "images" / f"my street_{frame.index}.png")
    read = supervision.DetectionDataset.from_yolo(
        str(tmp_path / "images"), str(tmp_path / "labels"), str(tmp_path / "data.yaml"), force_masks=True
    )
    assert read.classes == ["dog", "violin_cello"]
    found = {Path(path).stem: detections for path, _, detections in read}
    assert [len(found[f"my street_{index}"]) for index in range(3)] == [1, 2, 0]
    np.testing.assert_allclose(found["my street_0"].xyxy, [[1, 1, 3, 3]], atol=1e-4)
