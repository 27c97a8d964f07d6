"""Sounds and pictures at the limits of what numbers can be: answers are finite, or the mistake is named."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import ravs
from ravs.errors import InputError
from support.models import clip, masks, tiny

RATE_HZ = 16_000
SOUNDS = {
    "silence": lambda draw, count: np.zeros(count),
    "denormal": lambda draw, count: np.full(count, 1e-40),
    "faint": lambda draw, count: 1e-20 * draw.standard_normal(count),
    "clipped": lambda draw, count: np.clip(9 * draw.standard_normal(count), -1, 1),
    "square": lambda draw, count: np.sign(np.sin(np.arange(count))),
    "offset": lambda draw, count: np.full(count, 1.0),
    "impulse": lambda draw, count: np.eye(1, count)[0],
    "noise": lambda draw, count: 0.3 * draw.standard_normal(count).clip(-3, 3),
}
PICTURES = {
    "black": lambda draw, shape: np.zeros(shape),
    "white": lambda draw, shape: np.full(shape, 255),
    "one color": lambda draw, shape: np.broadcast_to(draw.integers(0, 256, 3), shape),
    "noise": lambda draw, shape: draw.integers(0, 256, shape),
    "stripes": lambda draw, shape: np.broadcast_to(255 * (np.arange(shape[2]) % 2)[:, None], shape),
}
sizes = st.sampled_from([(4, 4), (5, 700), (700, 5), (64, 64), (33, 47)])
given_input = st.tuples(
    st.sampled_from(sorted(SOUNDS)), st.sampled_from(sorted(PICTURES)), sizes, st.integers(1, 5), st.integers(1, 2)
)


@pytest.fixture(scope="module")
def segmenter(model_folder):
    return ravs.load(model_folder, "cpu")


def check_finite(segmenter, sound, picture, size, seconds, channels):
    draw = np.random.default_rng(0)
    frames = PICTURES[picture](draw, (seconds, *size, 3)).astype(np.uint8)
    waveform = np.stack([SOUNDS[sound](draw, seconds * RATE_HZ) for _ in range(channels)]).astype(np.float32)
    result = segmenter.segment(frames=frames, waveform=waveform, sample_rate_hz=RATE_HZ)
    assert len(result) == seconds
    for frame in result.frames:
        values = [frame.uncertainty, frame.level_db, frame.peak_db, *(obj.score for obj in frame.objects)]
        assert np.isfinite(values).all() and 0 <= frame.uncertainty <= 1
        assert frame.labels.shape == size and frame.labels.max() <= 2


@settings(max_examples=10)
@given(given_input)
def test_extreme_sounds_and_pictures_give_finite_answers(segmenter, found):
    check_finite(segmenter, *found)


@pytest.mark.faults
@settings(max_examples=300)
@given(given_input)
def test_hundreds_of_extreme_sounds_and_pictures_give_finite_answers(segmenter, found):
    check_finite(segmenter, *found)


@pytest.mark.faults
@pytest.mark.parametrize(("size", "seconds"), [((32, 48), 600), ((8192, 8192), 1), ((8192, 4), 1), ((4, 8192), 2)])
def test_very_long_and_very_large_clips_give_finite_answers(segmenter, size, seconds):
    check_finite(segmenter, "noise", "stripes", size, seconds, 2)


def test_a_picture_of_one_pixel_is_segmented_from_a_file(segmenter, tmp_path):
    from PIL import Image

    from ravs.media import write_wav

    Image.new("RGB", (1, 1), (200, 100, 50)).save(tmp_path / "one.png")
    write_wav(tmp_path / "tone.wav", 0.3 * np.sin(np.arange(32_000, dtype=np.float32))[None], 32_000)
    result = segmenter.segment(tmp_path / "one.png", sound=tmp_path / "tone.wav")
    assert [frame.labels.shape for frame in result.frames] == [(1, 1)]


arrays = st.one_of(
    st.builds(
        lambda shape, value, kind: np.full(shape, value).astype(kind),
        st.lists(st.integers(0, 5), min_size=0, max_size=5).map(tuple),
        st.sampled_from([0.0, 1.0, -1.0, 0.5, 200.0, 1e30, float("nan"), float("inf")]),
        st.sampled_from(["uint8", "float32", "float64", "float16", "int64", "bool", "complex64"]),
    ),
    st.sampled_from([None, [], "text", [[1, 2], [3]], {}, object()]),
)


@settings(max_examples=60)
@given(arrays, arrays, st.sampled_from([0, 1, -1, 16_000, 44_100.5, None, 10**12, "x"]))
@pytest.mark.filterwarnings("ignore:.*invalid value encountered in cast", "ignore:.*overflow encountered in cast")
def test_odd_arrays_are_refused_by_name_or_give_finite_answers(segmenter, frames, waveform, rate):
    try:
        result = segmenter.segment(frames=frames, waveform=waveform, sample_rate_hz=rate)
    except InputError as error:
        assert "\n" not in str(error) and len(str(error)) > 20
    else:
        assert all(np.isfinite(frame.uncertainty) for frame in result.frames)


@pytest.mark.parametrize("threshold", [0.0, 1.0])
@pytest.mark.parametrize("truth", ["nothing", "everything", "ignored"])
@pytest.mark.parametrize("positives", ["response", "masks"])
def test_all_groups_positive_or_none_give_finite_losses_and_gradients(threshold, truth, positives):
    model, labels = tiny(positive_threshold=threshold, contrastive_positives=positives), masks()
    labels[:] = {"nothing": 0, "everything": 1, "ignored": 255}[truth]
    output = model(**clip(), masks=labels)
    assert output.loss.isfinite()
    output.loss.backward()
    assert all(weight.grad is None or weight.grad.isfinite().all() for weight in model.parameters())


@pytest.mark.parametrize("threads", [2, 3])
def test_threads_change_no_probability_by_more_than_rounding(threads):
    inputs = clip()
    model, before = tiny().eval(), torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        one = model(**inputs).logits
        torch.set_num_threads(threads)
        more = model(**inputs).logits
    finally:
        torch.set_num_threads(before)
    assert (one.argmax(-3) != more.argmax(-3)).float().mean() <= 0.001
    torch.testing.assert_close(one.softmax(-3), more.softmax(-3), rtol=0, atol=1e-4)


def test_a_batch_changes_no_probability_by_more_than_rounding():
    model, inputs = tiny().eval(), clip(clips=3)
    together = model(**inputs).logits
    alone = torch.cat([model(**{name: value[i : i + 1] for name, value in inputs.items()}).logits for i in range(3)])
    assert (together.argmax(-3) != alone.argmax(-3)).float().mean() <= 0.001
    torch.testing.assert_close(together.softmax(-3), alone.softmax(-3), rtol=0, atol=1e-4)
