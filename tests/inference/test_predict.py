"""From clips to masks: what lies where, padding, streams."""

import itertools
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from ravs.config import RavsConfig
from ravs.config.inference import InferenceSettings
from ravs.inference.predict import level_db, predict_clips, predict_probabilities, without_noise
from ravs.inference.processor import RavsProcessor
from ravs.inference.segmenter import load
from support.audio_gated_model import CONFIG, RATE_HZ, AudioGatedModel, clip_of, segmenter

UNFILTERED = InferenceSettings.from_choices(min_area=0, min_duration_s=0, bridge_gaps_s=0)


def predict(segmenter, clips):
    return list(predict_clips(segmenter.model, segmenter.processor, clips, UNFILTERED))


def test_masks_lie_where_the_model_puts_them_at_the_size_of_the_frame():
    first, second = predict(segmenter(), [clip_of(2, loud={1})])
    assert (first.objects, first.sounding) == ((), ())
    (dog,) = second.objects
    assert (dog.name, dog.bbox, dog.area) == ("dog", (0, 0, 32, 48), 32 * 48)
    # four pixels a cell: 30 columns inside the half, two between its last cell, at 0.9, and the next, at 0
    assert dog.score == pytest.approx((30 + 0.875 + 0.625) / 32 * 230 / 255, abs=1e-4)  # 0.9 in 8 bits
    np.testing.assert_array_equal(second.labels, np.repeat([[1, 0]], 32, axis=1).repeat(48, axis=0))


def test_the_record_of_a_mask_comes_from_its_own_second():
    first, second = predict(segmenter(), [clip_of(2, loud={1}, first=10)])
    assert (first.time_s, first.start_s, second.time_s, second.end_s) == (10.9, 10.0, 11.9, 12.0)
    assert (first.level_db, first.peak_db) == (-120.0, -120.0)
    assert second.level_db == pytest.approx(-20, abs=0.2)
    assert second.uncertainty == pytest.approx(64 / 255)
    assert set(second.uncertainty_map.flat) == {64}


def test_a_short_end_is_padded_with_seconds_that_do_not_count():
    known = segmenter()
    found = predict(known, [clip_of(2, loud={0}), clip_of(1, loud={0})])
    assert known.model.seen == [[[True, True]], [[True, False]]]
    assert [frame.index for frame in found] == [0, 1, 2]


def test_a_padded_end_equals_the_end_alone(model_folder):
    real = load(model_folder)
    clip = clip_of(1, loud={0})
    padded, _ = predict_probabilities(real.model, real.processor, clip)
    alone = real.processor(images=clip.frames, audio=clip.waveform, sampling_rate=RATE_HZ)
    with torch.inference_mode():
        expected = real.model(**alone).adjusted_logits[0].softmax(dim=1)
    assert padded.shape[0] == 1
    torch.testing.assert_close(padded, expected)


def test_guided_outlines_have_the_size_of_the_models_input_and_the_papers_are_at_stride_4():
    clip = clip_of(2, loud={0, 1})
    clip.frames[:, :, :31], clip.frames[:, :, 31:] = 20, 200  # the model is sure as far as column 32 of 64
    plain, _ = predict_probabilities(AudioGatedModel(), RavsProcessor(CONFIG), clip)
    guided, unsure = predict_probabilities(
        AudioGatedModel(), RavsProcessor(RavsConfig.preset("ravs-debug", outlines="guided")), clip
    )
    assert plain.shape == (2, 3, 16, 16) and guided.shape == (2, 3, 64, 64) and unsure.shape == (2, 16, 16)
    marked = guided[:, 1] > 0.5
    assert marked[..., :31].all() and not marked[..., 32:].any()


def test_a_configuration_with_guided_outlines_changes_what_is_marked():
    clip = clip_of(1, loud={0})
    clip.frames[:, :, :31], clip.frames[:, :, 31:] = 20, 200
    areas = []
    for outlines in ("plain", "guided"):
        processor = RavsProcessor(RavsConfig.preset("ravs-debug", outlines=outlines))
        (frame,) = predict_clips(AudioGatedModel(), processor, [clip], UNFILTERED)
        areas.append([found.area for found in frame.objects])
    assert areas == [[32 * 48], [31 * 48]]


def test_one_clip_is_read_at_a_time_however_many_there_are():
    asked = []

    def endless():
        for number in itertools.count():
            asked.append(number)
            yield clip_of(2, loud=(), first=2 * number)

    known = segmenter()
    stream = predict_clips(known.model, known.processor, endless(), InferenceSettings())
    for _ in range(5):
        next(stream)
    assert asked == [0, 1, 2, 3]  # two and a half seconds ahead, which decide what is too short


def test_a_model_without_uncertainty_has_none():
    known = segmenter()
    known.model.forward = lambda **inputs: SimpleNamespace(adjusted_logits=torch.zeros(1, 2, 3, 4, 4), uncertainty=None)
    (first, _) = predict(known, [clip_of(2, loud=())])
    assert first.uncertainty == 0.0


@pytest.mark.parametrize(("amplitude", "level"), [(1.0, 0.0), (0.1, -20.0), (0.5, -6.0), (0.0, -120.0), (1e-9, -120.0)])
def test_a_constant_has_one_level_for_mean_and_peak(amplitude, level):
    assert level_db(np.full((2, 100), amplitude, np.float32)) == (level, level)


def test_a_sine_is_three_decibels_below_its_peak():
    sine = np.sin(np.arange(48000) * 0.1).astype(np.float32)[None]
    assert level_db(sine) == (-3.0, 0.0)


def test_what_means_nothing_is_kept_as_zero_and_all_else_as_it_is():
    sounding = np.array([[[255, 5, 4, 0]]], np.uint8)
    shares = np.array([[[[250, 3, 200, 200]], [[2, 252, 55, 55]]]], np.uint8)
    kept_sounding, kept_shares = without_noise(sounding, shares)
    assert kept_sounding.tolist() == [[[255, 5, 0, 0]]]
    assert kept_shares.tolist() == [[[[250, 3, 0, 0]], [[0, 252, 0, 0]]]]
    finer = np.array([[[0, 0, 0, 0, 9, 0, 0, 0]]], np.uint8)  # what sounds has a finer map than the classes
    assert without_noise(finer, shares)[1].tolist() == [[[[0, 0, 200, 0]], [[0, 0, 55, 0]]]]
