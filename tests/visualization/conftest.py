import numpy as np
import pytest

from ravs.structures.prediction import FramePrediction
from ravs.visualization.model_outputs import FrameGroups, SecondOutput


@pytest.fixture
def second():
    """Makes a second of a gray image of 8 x 8 pixels, with groups of 2 x 2 tokens, that ends at a time."""

    def make(end_s, *, of_token=((0, 1), (2, 3)), response=(0.1, 0.9, 0.4, 0.6), uncertainty=0.0):
        groups = FrameGroups(np.array(of_token), np.zeros((2, 2), np.float32), np.array(response, np.float32))
        marked = FramePrediction(
            index=0,
            time_s=end_s - 0.1,
            start_s=end_s - 1.0,
            size=(8, 8),
            uncertainty=uncertainty,
            uncertainty_map=np.full((2, 2), round(255 * uncertainty), np.uint8),
        )
        return SecondOutput(np.full((8, 8, 3), 90, np.uint8), marked, (groups,))

    return make
