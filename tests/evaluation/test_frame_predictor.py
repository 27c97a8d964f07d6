"""From a model's maps to frames that are scored."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from ravs.config import RavsConfig
from ravs.errors import RavsError
from ravs.evaluation import frame_predictor as predict
from ravs.evaluation.frame_predictor import FramePredictor
from ravs.inference.processor import RavsProcessor
from ravs.structures.clip import LabelledClip


@pytest.fixture
def maps(monkeypatch):
    """What the model is made to say of every window: probabilities that differ from second to second."""
    torch.manual_seed(0)
    probabilities = torch.randn(2, 3, 4, 4).mul(3).softmax(dim=1)
    uncertainty = torch.rand(2, 4, 4)
    monkeypatch.setattr(predict, "predict_probabilities", lambda *_: (probabilities, uncertainty))
    return probabilities, uncertainty


def clip(seconds):
    return LabelledClip(
        frames=np.zeros((seconds, 12, 12, 3), np.uint8),
        waveform=np.zeros((1, seconds * 100), np.float32),
        times_s=np.arange(float(seconds)),
        sample_rate_hz=100,
        masks=np.zeros((seconds, 12, 12), np.uint8),
        look_alike=tuple(second == 3 for second in range(seconds)),
    )


def frames(maps, *, binary=False, threshold=0.5, columns=(0, 1, 2), names="pixel"):
    processor = RavsProcessor(RavsConfig.preset("ravs-debug", classes=("a", "b"), clip_seconds=2, names=names))
    predictor = FramePredictor(torch.nn.Identity(), processor, columns, binary, 12, threshold)
    return list(predictor.frames(clip(4)))


def test_probabilities_grow_bilinearly_and_the_most_probable_sounding_class_is_marked(maps):
    larger = F.interpolate(maps[0], (12, 12), mode="bilinear").numpy()
    found = frames(maps)
    for second, frame in enumerate(found):
        one = larger[second % 2]
        np.testing.assert_allclose(frame.probability, 1 - one[0], atol=1e-6)
        sounds = 1 - one[0] > 0.5
        np.testing.assert_array_equal(frame.labels, np.where(sounds, one[1:].argmax(axis=0) + 1, 0))
        np.testing.assert_array_equal(frame.winners, one.argmax(axis=0))
        np.testing.assert_allclose(frame.confidence, np.where(sounds, one[1:].max(axis=0), one[0]), atol=1e-6)
    assert any((frame.labels != frame.winners).any() for frame in found)


def test_uncertainty_grows_likewise(maps):
    larger = F.interpolate(maps[1][:, None], (12, 12), mode="bilinear")[:, 0].numpy()
    np.testing.assert_allclose(frames(maps)[3].uncertainty, larger[1], atol=1e-6)


def test_seconds_of_later_windows_keep_their_place_in_time(maps):
    found = frames(maps)
    assert [frame.second for frame in found] == [0, 1, 2, 3]
    assert [frame.look_alike for frame in found] == [False, False, False, True]


def test_the_threshold_moves_the_labels_but_not_what_published_protocols_take(maps):
    usual, high = frames(maps, binary=True, columns=(0,)), frames(maps, binary=True, columns=(0,), threshold=0.9)
    for one, other in zip(usual, high, strict=True):
        np.testing.assert_array_equal(one.winners, other.winners)
        np.testing.assert_array_equal(one.winners, one.probability > 0.5)
        np.testing.assert_array_equal(other.labels, other.probability > 0.9)


def test_columns_put_the_models_classes_in_the_order_of_the_set(maps):
    straight, crossed = frames(maps), frames(maps, columns=(0, 2, 1))
    swap = np.array([0, 2, 1])
    for one, other in zip(straight, crossed, strict=True):
        np.testing.assert_array_equal(other.labels, swap[one.labels])


def test_an_answer_that_is_not_finite_is_an_error_and_no_background(maps):
    maps[0][1, 2, 0, 0] = torch.nan
    with pytest.raises(RavsError, match="not finite: look for NaN in its weights"):
        frames(maps)


def test_a_set_that_lacks_a_class_of_the_model_never_gets_it_and_regions_are_named_among_its_own(monkeypatch):
    probabilities = torch.tensor([0.1, 0.6, 0.3])[None, :, None, None].expand(2, 3, 4, 4)  # the set knows only the last
    monkeypatch.setattr(predict, "predict_probabilities", lambda *_: (probabilities, torch.zeros(2, 4, 4)))
    for frame in frames(None, columns=(0, 2)) + frames(None, columns=(0, 2), names="region"):
        assert (frame.labels == 1).all() and frame.probability == pytest.approx(0.9)
