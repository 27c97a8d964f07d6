import itertools
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from ravs.clip import Clip
from ravs.config import RavsConfig
from ravs.device import pick_device
from ravs.errors import DecodeError, DeviceError, InputError, ModelNotFoundError, NoSoundError
from ravs.files import content_hash
from ravs.inference import infer, mark_clips
from ravs.outputs.document import document_json
from ravs.predictor import Segmenter, load
from ravs.processing import RavsProcessor
from ravs.settings import Settings

RATE_HZ = 32000
CONFIG = RavsConfig.preset("ravs-debug")  # dog and car; clips of 2 s; 64 px


class Listening(nn.Module):
    """Knows one thing: where there is sound, the left half is a dog at 0.9, else at 0.1. The deaf one always."""

    def __init__(self, deaf=False):
        super().__init__()
        self.deaf = deaf
        self.seen = []

    def forward(self, pixel_values, audio_features, valid):
        self.seen.append(valid.tolist())
        clips, seconds, _, height, width = pixel_values.shape
        features = audio_features.flatten(2)
        loud = (features.amax(2) > 0.3) | self.deaf  # silence is 0 at the most
        dog = torch.where(loud, 0.9, 0.1)[:, :, None, None].expand(clips, seconds, height // 4, width // 4).clone()
        dog[..., width // 8 :] = 0.0
        probabilities = torch.stack([1 - dog, dog, torch.zeros_like(dog)], dim=2)
        uncertainty = torch.full_like(dog, 0.25)
        return SimpleNamespace(adjusted_logits=(probabilities + 1e-9).log(), uncertainty=uncertainty)


def segmenter(**options):
    return Segmenter(Listening(**options), RavsProcessor(CONFIG), name="known")


def clip_of(seconds, loud, first=0):
    """Pictures of noise, since the groups of a flat one hang on rounding; `loud` says which seconds hold noise."""
    generator = np.random.default_rng(1)
    noise = generator.normal(size=(2, RATE_HZ)).astype(np.float32) * 0.1
    waveform = np.concatenate([noise if second in loud else noise * 0 for second in range(seconds)], axis=1)
    return Clip(
        frames=generator.integers(0, 256, (seconds, 48, 64, 3), dtype=np.uint8),
        waveform=waveform,
        times_s=np.arange(seconds) + first + 0.9,
        sample_rate_hz=RATE_HZ,
        ends_s=tuple(float(first + second + 1) for second in range(seconds)),
    )


def marks(segmenter, clips):
    return list(mark_clips(segmenter.model, segmenter.processor, clips, Settings()))


def test_masks_lie_where_the_model_says_at_the_size_of_the_picture():
    first, second = marks(segmenter(), [clip_of(2, loud={1})])
    assert (first.objects, first.sounding) == ((), ())
    (dog,) = second.objects
    assert (dog.name, dog.bbox, dog.area) == ("dog", (0, 0, 32, 48), 32 * 48)
    # four pixels a cell: 30 columns inside the half, two between its last cell, at 0.9, and the next, at 0
    assert dog.score == pytest.approx((30 * 0.9 + 0.875 * 0.9 + 0.625 * 0.9) / 32)
    np.testing.assert_array_equal(second.labels, np.repeat([[1, 0]], 32, axis=1).repeat(48, axis=0))


def test_what_is_said_about_a_mask_comes_from_its_own_second():
    first, second = marks(segmenter(), [clip_of(2, loud={1}, first=10)])
    assert (first.time_s, first.start_s, second.time_s, second.end_s) == (10.9, 10.0, 11.9, 12.0)
    assert (first.level_db, first.peak_db) == (-120.0, -120.0)
    assert second.level_db == pytest.approx(-20, abs=0.2)
    assert second.uncertainty == pytest.approx(0.25)
    assert set(second.uncertainty_map.flat) == {64}


def test_a_short_end_is_padded_with_seconds_that_do_not_count():
    known = segmenter()
    found = marks(known, [clip_of(2, loud={0}), clip_of(1, loud={0})])
    assert known.model.seen == [[[True, True]], [[True, False]]]
    assert [frame.index for frame in found] == [0, 1, 2]


def test_a_padded_end_equals_the_end_alone(model_folder):
    real = load(model_folder)
    clip = clip_of(1, loud={0})
    padded, _ = infer(real.model, real.processor, clip)
    alone = real.processor(frames=clip.frames, waveform=clip.waveform, sample_rate_hz=RATE_HZ)
    with torch.inference_mode():
        expected = real.model(**alone).adjusted_logits[0].softmax(dim=1)
    assert padded.shape[0] == 1
    torch.testing.assert_close(padded, expected)


def test_outlines_guided_by_the_picture_are_of_the_size_that_the_model_saw_and_the_paper_s_at_stride_4():
    clip = clip_of(2, loud={0, 1})
    clip.frames[:, :, :31], clip.frames[:, :, 31:] = 20, 200  # the model is sure as far as column 32 of 64
    plain, _ = infer(Listening(), RavsProcessor(CONFIG), clip)
    guided, unsure = infer(Listening(), RavsProcessor(RavsConfig.preset("ravs-debug", outlines="guided")), clip)
    assert plain.shape == (2, 3, 16, 16) and guided.shape == (2, 3, 64, 64) and unsure.shape == (2, 16, 16)
    marked = guided[:, 1] > 0.5
    assert marked[..., :31].all() and not marked[..., 32:].any()


def test_a_configuration_that_guides_outlines_changes_what_is_marked():
    clip = clip_of(1, loud={0})
    clip.frames[:, :, :31], clip.frames[:, :, 31:] = 20, 200
    areas = []
    for outlines in ("plain", "guided"):
        processor = RavsProcessor(RavsConfig.preset("ravs-debug", outlines=outlines))
        (frame,) = mark_clips(Listening(), processor, [clip], Settings())
        areas.append([found.area for found in frame.objects])
    assert areas == [[32 * 48], [31 * 48]]


def test_one_clip_is_asked_for_at_a_time_however_many_there_are():
    asked = []

    def endless():
        for number in itertools.count():
            asked.append(number)
            yield clip_of(2, loud=())

    known = segmenter()
    stream = mark_clips(known.model, known.processor, endless(), Settings())
    for _ in range(5):
        next(stream)
    assert asked == [0, 1, 2]


def test_a_model_without_uncertainty_has_none():
    known = segmenter()
    known.model.forward = lambda **inputs: SimpleNamespace(adjusted_logits=torch.zeros(1, 2, 3, 4, 4), uncertainty=None)
    (first, _) = marks(known, [clip_of(2, loud=())])
    assert first.uncertainty == 0.0


# files


@pytest.fixture(scope="module")
def clip(tmp_path_factory, draw_clip):
    return draw_clip(tmp_path_factory.mktemp("clips") / "a.mp4")


def test_a_file_becomes_a_prediction_that_says_what_it_is_from(clip):
    prediction = segmenter().segment(clip)
    assert [frame.sounding for frame in prediction] == [("dog",)] * 3
    assert [frame.short for frame in prediction] == [False, False, True]
    assert prediction.source == {
        "name": "a.mp4",
        "sha256": content_hash(clip),
        "start": 0.0,
        "duration": 2.5,
        "width": 48,
        "height": 32,
        "rotation": 0,
        "fps": "10",
        "time_base": prediction.source["time_base"],
        "sound": {"rate": RATE_HZ, "channels": 2, "start": 0.0, "duration": prediction.source["sound"]["duration"]},
    }
    assert prediction.model == {"name": "known", "revision": None, "sha256": None}
    assert (prediction.complete, prediction.warnings, prediction.silence_test) == (True, (), None)
    assert prediction[1].pts is not None and prediction[1].frame == 19


def test_streaming_gives_the_same_masks(clip):
    known = segmenter()
    streamed = list(known.stream(clip, rate="2"))
    assert [f.objects for f in streamed] == [f.objects for f in known.segment(clip, rate=2)]
    assert len(streamed) == 5


def test_a_model_that_listens_keeps_nothing_in_silence_and_a_deaf_one_everything(clip):
    assert segmenter().silence_test(clip).kept_area == 0.0
    deaf = segmenter(deaf=True).segment(clip, mute=True).silence_test
    assert (deaf.kept_area, deaf.names) == (1.0, ("dog",))
    assert deaf.marked_share == pytest.approx(0.5)


def test_progress_is_told_after_every_mask(clip):
    told = []
    segmenter().segment(clip, progress=lambda *step: told.append(step))
    assert told == [("masks", 1, 3), ("masks", 2, 3), ("masks", 3, 3)]


def test_the_same_file_gives_the_same_document_with_real_weights(clip, model_folder):
    one, two = (document_json(load(model_folder).segment(clip)) for _ in range(2))
    assert one == two


def test_a_file_without_sound_is_refused_or_seen_in_silence(tmp_path, draw_clip):
    path = draw_clip(tmp_path / "b.mp4", seconds=1.0, sounds=False)
    with pytest.raises(NoSoundError, match="has no sound track"):
        segmenter().segment(path)
    prediction = segmenter().segment(path, mute=True)
    assert (prediction.source["sound"], len(prediction)) == (None, 1)


def test_a_file_that_breaks_gives_what_was_made_and_a_warning(clip, monkeypatch):
    def break_off(*_, **__):
        yield clip_of(2, loud={0})
        raise DecodeError("a.mp4: cannot be decoded after 0:02.0 (torn).")

    monkeypatch.setattr("ravs.predictor.read_clips", break_off)
    with pytest.warns(UserWarning, match="cannot be decoded after 0:02.0"):
        prediction = segmenter().segment(clip)
    assert (prediction.complete, len(prediction)) == (False, 2)


def test_a_file_that_is_no_video_is_refused(tmp_path):
    (tmp_path / "a.mp4").write_text("no video")
    with pytest.raises(DecodeError, match=r"a\.mp4: cannot be decoded"):
        segmenter().segment(tmp_path / "a.mp4")
    with pytest.raises(DecodeError, match=r"b\.mp4: cannot be decoded"):
        segmenter().segment(tmp_path / "b.mp4")


def test_misspelt_choices_are_refused_before_anything_is_read():
    with pytest.raises(InputError, match="did you mean 'threshold'"):
        segmenter().stream("nowhere.mp4", treshold=0.3)
    with pytest.raises(InputError, match=r"no class 'cat' in known\. Did you mean 'car'"):
        segmenter().segment("nowhere.mp4", classes=["cat"])


# arrays


def test_arrays_are_segmented_each_frame_with_the_second_before_it():
    noise = np.random.default_rng(0).normal(size=(1, 4 * RATE_HZ)).astype(np.float32) * 0.1
    noise[:, : 2 * RATE_HZ] = 0  # the first two seconds are silent
    frames = np.full((3, 32, 48, 3), 90, np.uint8)
    times_s = np.array([1.5, 2.5, 3.9])
    prediction = segmenter().segment(frames=frames, times_s=times_s, waveform=noise, sample_rate_hz=RATE_HZ)
    assert [frame.sounding for frame in prediction] == [(), ("dog",), ("dog",)]
    assert [frame.time_s for frame in prediction] == [1.5, 2.5, 3.9]
    assert prediction[1].start_s == 1.5
    assert prediction.source["sha256"] is None


def test_arrays_without_times_are_seconds():
    waveform = np.zeros(2 * RATE_HZ, np.float32)
    prediction = segmenter().segment(
        frames=np.zeros((2, 32, 48, 3), np.uint8), waveform=waveform, sample_rate_hz=RATE_HZ
    )
    assert [(frame.start_s, frame.time_s) for frame in prediction] == [(0.0, 1.0), (1.0, 2.0)]
    assert prediction.warnings == ("the sound is silent throughout (peak -120 dBFS); no masks expected.",)


def test_arrays_that_do_not_fit_are_refused():
    with pytest.raises(InputError, match="give a path, or frames, waveform and sample_rate_hz"):
        segmenter().segment()
    with pytest.raises(InputError, match=r"times_s has shape \(3,\) for 2 frames"):
        segmenter().segment(
            frames=np.zeros((2, 8, 8, 3), np.uint8),
            times_s=np.arange(3.0),
            waveform=np.zeros(9, np.float32),
            sample_rate_hz=RATE_HZ,
        )


# loading


def test_a_folder_loads_with_its_name_hash_and_classes(model_folder):
    loaded = load(model_folder, device="cpu")
    assert loaded.classes == ("background", "dog", "car")
    assert loaded.record["name"] == "debug"
    assert loaded.record["sha256"] == content_hash(model_folder / "config.json", model_folder / "model.safetensors")
    assert (loaded.device.type, loaded.model.training) == ("cpu", False)
    assert loaded.summary().startswith("debug (2 classes, ")


def test_the_shipped_model_loads_marks_its_example_and_nothing_in_silence():
    segmenter = load("ravs-tiny")
    example = Path(__file__).parent.parent / "examples" / "two-drums.mp4"
    made = segmenter.segment(example, mute=True)
    assert len(made) == 5
    marked = sum(frame.labels > 0 for frame in made)  # how often each pixel is
    left, right = marked[:, : marked.shape[1] // 2].sum(), marked[:, marked.shape[1] // 2 :].sum()
    assert left > 5000 and left > 5 * right  # of the two pairs of drums the left one sounds
    assert made.silence_test.kept_area < 0.02


def test_weights_that_do_not_fit_are_refused(tmp_path, model_folder):
    import shutil

    broken = shutil.copytree(model_folder, tmp_path / "broken")
    config = (broken / "config.json").read_text().replace('"dog"', '"dog", "cow"')
    (broken / "config.json").write_text(config)
    with pytest.raises(ModelNotFoundError):
        load(broken)


def test_a_device_that_is_not_there_says_what_to_do():
    with pytest.raises(DeviceError, match="no such device"):
        pick_device("toaster")
    assert pick_device("auto").type in ("cuda", "xpu", "mps", "cpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without CUDA")
def test_cuda_on_a_machine_without_is_refused():
    with pytest.raises(DeviceError, match=r"--device cuda: this PyTorch \(.+\) has no CUDA\. Use --device auto"):
        pick_device("cuda")
