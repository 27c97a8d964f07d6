"""One mask as supervision's Detections (extra `interop`), which its annotators, sinks and trackers take."""

from typing import TYPE_CHECKING

import numpy as np

from ravs.errors import InputError
from ravs.structures.prediction import FramePrediction
from ravs.structures.rle import decode_mask

if TYPE_CHECKING:
    import supervision


def detections(frame: FramePrediction) -> "supervision.Detections":
    """A detection for each object: box, mask, score and class; data `class_name`, `uncertainty`; metadata `time`.

    Raises: InputError where supervision is missing.
    """
    try:
        import supervision
    except ImportError:
        raise InputError("detections need supervision, which is not installed: pip install 'ravs[interop]'") from None
    objects, count = frame.objects, len(frame.objects)
    boxes = np.array([found.bbox for found in objects], np.float32).reshape(count, 4)
    boxes[:, 2:] += boxes[:, :2]  # from width and height to the right and lower edge
    return supervision.Detections(
        xyxy=boxes,
        mask=np.array([decode_mask(found.rle) for found in objects], bool).reshape(count, *frame.size),
        confidence=np.array([found.score for found in objects], np.float32),
        class_id=np.array([found.class_id for found in objects], int),
        data={
            "class_name": np.array([found.name for found in objects], str),
            "uncertainty": np.array([found.uncertainty for found in objects], np.float32),
        },
        metadata={"time": frame.time_s},
    )
