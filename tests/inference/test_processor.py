"""From frames and audio to the tensors of a model, and back to masks."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from transformers import AutoProcessor

from ravs.config import RavsConfig
from ravs.errors import InputError
from ravs.inference.processor import RavsProcessor
from ravs.modeling.ravs import RavsModel


@pytest.fixture
def processor():
    return RavsProcessor(RavsConfig.preset("ravs-debug", resize="squash"))


def frames(seconds=2, height=48, width=80):
    return np.random.default_rng(0).integers(0, 256, (seconds, height, width, 3), dtype=np.uint8)


def tone(seconds, rate=32_000, frequency=440.0, channels=1):
    wave = 0.3 * np.sin(2 * np.pi * frequency * np.arange(int(seconds * rate)) / rate)
    return np.repeat(wave[None], channels, axis=0).astype(np.float32)


def test_the_tensors_are_just_what_the_models_forward_takes(processor):
    inputs = processor(images=frames(), audio=tone(2), sampling_rate=32_000)
    assert {name: tuple(value.shape) for name, value in inputs.items()} == {
        "pixel_values": (1, 2, 3, 64, 64),
        "audio_features": (1, 2, 2, 100, 64),
        "valid": (1, 2),
    }
    assert inputs["valid"].all() and inputs["valid"].dtype == torch.bool
    assert RavsModel(processor.config).eval()(**inputs).logits.shape == (1, 2, 3, 16, 16)


def test_pixels_get_the_mean_and_deviation_of_imagenet(processor):
    color = np.array([10, 130, 250], dtype=np.uint8)
    inputs = processor(images=np.broadcast_to(color, (1, 64, 64, 3)), audio=tone(1), sampling_rate=32_000)
    expected = (color / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    np.testing.assert_allclose(inputs["pixel_values"][0, 0, :, 5, 7], expected, rtol=1e-5)


def test_an_image_of_the_models_size_is_not_resampled(processor):
    images = frames(1, 64, 64)
    pixels = processor(images=images, audio=tone(1), sampling_rate=32_000)["pixel_values"]
    assert torch.equal(
        pixels[0], processor.image_processor.normalize_pixels(torch.from_numpy(images).permute(0, 3, 1, 2).float())
    )


def test_keep_gives_multiples_of_thirty_two_of_about_the_same_area_and_shape():
    processor = RavsProcessor(RavsConfig.preset("ravs-debug", resize="keep", image_size=224))
    for height, width in ((720, 1280), (1280, 720), (480, 480), (1080, 1920)):
        rows, columns = processor.image_processor.input_size(height, width)
        assert rows % 32 == columns % 32 == 0
        assert rows * columns == pytest.approx(224 * 224, rel=0.2)
        assert rows / columns == pytest.approx(height / width, rel=0.2)


def test_left_stays_left_and_up_stays_up(processor):
    image = np.zeros((1, 48, 80, 3), dtype=np.uint8)
    image[:, :24, :40] = 255
    pixels = processor(images=image, audio=tone(1), sampling_rate=32_000)["pixel_values"][0, 0, 0]
    assert pixels[:30, :30].min() > pixels[34:].max() and pixels[:30, :30].min() > pixels[:, 34:].max()


def test_the_sound_of_each_second_lies_at_its_own_second(processor):
    waveform = np.zeros((1, 3 * 32_000), dtype=np.float32)
    waveform[:, 32_000:64_000] = tone(1)
    features = processor(images=frames(3), audio=waveform, sampling_rate=32_000)["audio_features"][0]
    silence = processor(images=frames(1), audio=0 * tone(1), sampling_rate=32_000)["audio_features"][0, 0]
    assert [torch.equal(second, silence) for second in features] == [True, False, True]
    alone = processor(images=frames(1), audio=tone(1), sampling_rate=32_000)["audio_features"][0, 0]
    torch.testing.assert_close(features[1], alone)


def test_swapping_the_channels_keeps_the_spectrum_and_negates_the_panorama(processor):
    waveform = np.random.default_rng(0).normal(0, 0.1, (2, 32_000)).astype(np.float32) * [[1.0], [0.2]]
    ways = [waveform, waveform[::-1]]
    left, right = (
        processor(images=frames(1), audio=way.astype(np.float32), sampling_rate=32_000)["audio_features"][0, 0]
        for way in ways
    )
    torch.testing.assert_close(left[0], right[0])
    torch.testing.assert_close(left[1], -right[1])
    assert left[1].mean() > 0.1


def test_mono_has_a_panorama_of_zero(processor):
    for channels in (1, 2):
        features = processor(images=frames(1), audio=tone(1, channels=channels), sampling_rate=32_000)
        assert torch.equal(features["audio_features"][0, 0, 1], torch.zeros(100, 64))
    flat = processor(images=frames(1), audio=tone(1)[0], sampling_rate=32_000)
    assert torch.equal(flat["audio_features"], features["audio_features"])


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
def test_a_tone_at_another_sample_rate_has_the_same_features(processor, rate):
    expected = processor(images=frames(2), audio=tone(2), sampling_rate=32_000)["audio_features"][0, :, 0]
    found = processor(images=frames(2), audio=tone(2, rate), sampling_rate=rate)["audio_features"][0, :, 0]
    audible = expected > expected.amin() + 0.5
    torch.testing.assert_close(found[audible], expected[audible], rtol=0, atol=0.05)
    assert torch.equal(found.mean(dim=1).argmax(dim=-1), expected.mean(dim=1).argmax(dim=-1))


def test_arrays_of_every_form_that_the_segmenter_takes_give_the_same_tensors(processor):
    images, integers = frames(2), np.random.default_rng(1).integers(-9000, 9000, (2, 64_000)).astype(np.int16)
    expected = processor(images=images, audio=(integers / 32768).astype(np.float32), sampling_rate=32_000)
    channels_first = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255
    for waveform in (integers.T, torch.from_numpy(integers), integers / 32768):
        found = processor(images=channels_first, audio=waveform, sampling_rate=32_000)
        assert all(torch.equal(found[key], value) for key, value in expected.items())


def test_padding_is_not_valid_and_silent(processor):
    short = processor(images=frames(2), audio=tone(2), sampling_rate=32_000)
    long = processor(images=frames(2), audio=tone(2), sampling_rate=32_000, seconds=5)
    assert long["valid"].tolist() == [[True, True, False, False, False]]
    for name in ("pixel_values", "audio_features"):
        assert torch.equal(long[name][:, :2], short[name])
    silence = processor(images=frames(1), audio=0 * tone(1), sampling_rate=32_000)["audio_features"][0, 0]
    assert all(torch.equal(second, silence) for second in long["audio_features"][0, 2:])


def test_clips_are_put_into_one_batch(processor):
    other = processor(images=frames(1), audio=tone(1), sampling_rate=32_000, seconds=2)
    batch = processor(images=[frames(2), frames(1)], audio=[tone(2), tone(1)], sampling_rate=32_000)
    assert batch["valid"].tolist() == [[True, True], [True, False]]
    assert torch.equal(batch["pixel_values"][1:], other["pixel_values"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"images": np.zeros((2, 4, 8, 8), dtype=np.uint8)}, r"shape \(2, 4, 8, 8\).*move the axes"),
        ({"audio": np.zeros((6, 64_000), dtype=np.float32)}, r"6 channels"),
        ({"sampling_rate": 32}, r"sampling_rate is 32: give whole samples a second"),
        ({"audio": np.zeros((1, 40_000), dtype=np.float32)}, r"2 frames need 2 s of sound.*1\.25 s.*pad"),
        ({"seconds": 1}, r"2 frames do not fit into seconds=1"),
    ],
)
def test_what_does_not_fit_is_an_error_that_says_what_came_and_what_to_do(processor, change, message):
    good = {"images": frames(2), "audio": tone(2), "sampling_rate": 32_000}
    with pytest.raises(InputError, match=message):
        processor(**(good | change))


def test_a_pixel_sounds_where_background_is_improbable_and_its_class_is_the_most_probable_other(processor):
    probabilities = torch.tensor([[0.6, 0.4, 0.1], [0.3, 0.25, 0.3], [0.1, 0.35, 0.6]])  # classes, pixels
    outputs = SimpleNamespace(adjusted_logits=probabilities.log()[None, None, :, None])
    assert processor.post_process_semantic_segmentation(outputs)[0].tolist() == [[[0, 2, 2]]]
    careful = processor.post_process_semantic_segmentation(outputs, threshold=0.7)
    assert careful[0].tolist() == [[[0, 0, 2]]]


def test_masks_have_the_size_that_is_asked_for(processor):
    outputs = SimpleNamespace(adjusted_logits=torch.randn(2, 3, 3, 8, 8))
    sizes = [tuple(labels.shape) for labels in processor.post_process_semantic_segmentation(outputs, [(9, 7), (4, 5)])]
    assert sizes == [(3, 9, 7), (3, 4, 5)]


def test_a_saved_processor_comes_back_by_its_own_name_and_by_auto(processor, tmp_path):
    processor.save_pretrained(tmp_path)
    for again in (RavsProcessor.from_pretrained(tmp_path), AutoProcessor.from_pretrained(tmp_path)):
        assert isinstance(again, RavsProcessor)
        assert again.config.to_diff_dict() == processor.config.to_diff_dict()


def test_seconds_below_the_level_of_silence_are_digital_silence_and_louder_ones_stay():
    waveform = np.random.default_rng(0).standard_normal((2, 3 * 32_000)).astype(np.float32)
    waveform *= np.repeat([0.1, 10 ** (-53 / 20), 10 ** (-51 / 20)], 32_000).astype(np.float32)
    configs = (RavsConfig.preset("ravs-debug", silence_below_db=level) for level in (-52.0, None))
    gated, plain = (RavsProcessor(config).extract_audio_features(waveform, 32_000, 3) for config in configs)
    silence = RavsProcessor(RavsConfig.preset("ravs-debug")).silent_features(1)[0]
    assert torch.equal(gated[1], silence) and not torch.equal(plain[1], silence)
    assert torch.equal(gated[[0, 2]], plain[[0, 2]])


@pytest.mark.parametrize("level", [1.0, -121, "quiet"])
def test_a_level_of_silence_lies_below_full_scale(level):
    with pytest.raises(InputError, match="silence_below_db"):
        RavsConfig.preset("ravs-debug", silence_below_db=level)
