import io
from pathlib import Path

import numpy as np
import pytest
import torch

from ravs.errors import DecodeError, DeviceError, InputError, ModelNotFoundError, NoAudioError
from ravs.files import content_hash
from ravs.inference.device import pick_device
from ravs.inference.segmenter import load
from ravs.structures.json_document import document_json
from support.audio_gated_model import RATE_HZ, clip_of, segmenter

TWO_DRUMS = Path(__file__).parents[2] / "examples" / "two-drums.mp4"  # of which the left ones sound


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


def test_a_model_that_uses_audio_keeps_nothing_in_silence_and_one_that_ignores_it_everything(clip):
    assert segmenter().silence_test(clip).kept_area == 0.0
    ignores_audio = segmenter(always_loud=True).segment(clip, mute=True).silence_test
    assert (ignores_audio.kept_area, ignores_audio.names) == (1.0, ("dog",))
    assert ignores_audio.marked_share == pytest.approx(0.5)


def test_progress_is_reported_after_every_mask(clip):
    steps = []
    segmenter().segment(clip, progress=lambda *step: steps.append(step))
    assert steps == [("masks", 1, 3), ("masks", 2, 3), ("masks", 3, 3)]


def test_a_stream_reports_its_progress_too_and_reads_from_memory(clip):
    steps = []
    streamed = list(segmenter().stream(io.BytesIO(clip.read_bytes()), progress=lambda *step: steps.append(step)))
    assert steps == [("masks", 1, 3), ("masks", 2, 3), ("masks", 3, 3)]
    assert [frame.objects for frame in streamed] == [frame.objects for frame in segmenter().segment(clip)]


def test_a_segmenter_is_called_with_a_path_an_open_file_bytes_or_a_list_of_them(clip):
    known = segmenter()
    wanted = known.segment(clip)
    with clip.open("rb") as file:
        found = known([clip, str(clip), file, io.BytesIO(clip.read_bytes())])
    assert [made.source["name"] for made in found] == ["a.mp4", "a.mp4", "a.mp4", "stream"]
    assert {made.source["sha256"] for made in found} == {wanted.source["sha256"]}
    assert [document_json(made) for made in found[:3]] == [document_json(wanted)] * 3
    assert document_json(known(clip, rate=2)) == document_json(known.segment(clip, rate=2))
    assert known(()) == []


def test_the_same_file_gives_the_same_document_with_real_weights(clip, model_folder):
    one, two = (document_json(load(model_folder).segment(clip)) for _ in range(2))
    assert one == two


def test_a_file_without_sound_is_refused_or_segmented_in_silence(tmp_path, draw_clip):
    path = draw_clip(tmp_path / "b.mp4", seconds=1.0, sounds=False)
    with pytest.raises(NoAudioError, match="has no sound track"):
        segmenter().segment(path)
    prediction = segmenter().segment(path, mute=True)
    assert (prediction.source["sound"], len(prediction)) == (None, 1)


def test_a_file_that_breaks_gives_what_was_made_and_a_warning(clip, monkeypatch):
    def break_off(*_, **__):
        yield clip_of(2, loud={0})
        raise DecodeError("a.mp4: cannot be decoded after 0:02.0 (torn).")

    monkeypatch.setattr("ravs.inference.segmenter.read_clips", break_off)
    with pytest.warns(UserWarning, match="cannot be decoded after 0:02.0"):
        prediction = segmenter().segment(clip)
    assert (prediction.complete, len(prediction)) == (False, 2)


def test_a_file_that_is_no_video_is_refused(tmp_path):
    (tmp_path / "a.mp4").write_text("no video")
    with pytest.raises(DecodeError, match=r"a\.mp4: cannot be decoded"):
        segmenter().segment(tmp_path / "a.mp4")


@pytest.mark.parametrize("name", ["b.mp4", ".", "https://example.org/b.mp4"])
def test_what_is_no_file_is_refused_at_once_by_every_door(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"no file 'b\.mp4' \(searched|'\.' is a folder: give|b\.mp4 is an address"):
        segmenter()(name)
    with pytest.raises(InputError, match=r"give the path|give a file"):
        segmenter().stream(name)


@pytest.mark.parametrize("door", ["segment", "stream"])
def test_a_progress_that_cannot_be_called_is_refused(clip, door):
    with pytest.raises(InputError, match=r"progress is True; it must be a function of \(step, done, about how many\)"):
        getattr(segmenter(), door)(clip, progress=True)


def test_misspelled_choices_are_refused_before_anything_is_read():
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
    arrays = {"frames": np.zeros((2, 32, 48, 3), np.uint8), "waveform": waveform, "sample_rate_hz": RATE_HZ}
    prediction = segmenter().segment(**arrays)
    assert document_json(segmenter()(**arrays)) == document_json(prediction)
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


@pytest.mark.parametrize(("samples", "ends"), [(0, "0"), (RATE_HZ, "1"), (2 * RATE_HZ, "2")])
def test_audio_that_ends_before_the_last_second_begins_is_refused(samples, ends):
    frames, waveform = np.zeros((3, 32, 48, 3), np.uint8), np.zeros((1, samples), np.float32)
    with pytest.raises(InputError, match=rf"the waveform ends at {ends} s, but the last frame, at 3 s"):
        segmenter().segment(frames=frames, waveform=waveform, sample_rate_hz=RATE_HZ)


def test_arrays_beside_a_path_are_refused(clip):
    with pytest.raises(InputError, match="frames, sample_rate_hz beside a path"):
        segmenter().segment(clip, frames=np.zeros((1, 8, 8, 3), np.uint8), sample_rate_hz=RATE_HZ)


def test_samples_before_channels_integers_and_tensors_give_the_masks_of_floats():
    integers = np.random.default_rng(0).integers(-9000, 9000, (2, 2 * RATE_HZ)).astype(np.int16)
    integers[:, :RATE_HZ] //= 400  # the first second is quiet
    frames = np.full((2, 32, 48, 3), 90, np.uint8)
    forms = [
        (frames, (integers / 32768).astype(np.float32)),
        (frames, integers.T),  # as soundfile reads it
        (torch.from_numpy(frames).permute(0, 3, 1, 2), torch.from_numpy(integers)),
    ]
    documents = {
        document_json(segmenter().segment(frames=images, waveform=waveform, sample_rate_hz=RATE_HZ))
        for images, waveform in forms
    }
    assert len(documents) == 1
    assert '"level_db": -16.' in documents.pop()


def test_a_model_that_takes_quiet_seconds_as_silence_warns_of_a_quiet_clip():
    known = segmenter()
    known.processor.config.silence_below_db = -40.0
    quiet = np.full(2 * RATE_HZ, 0.005, np.float32)  # -46 dB
    prediction = known.segment(frames=np.zeros((2, 8, 8, 3), np.uint8), waveform=quiet, sample_rate_hz=RATE_HZ)
    assert len(prediction.warnings) == 1
    assert prediction.warnings[0].startswith("the sound is below -40 dBFS throughout (loudest second -46.0 dBFS)")


# loading


def test_a_folder_loads_with_its_name_hash_and_classes(model_folder):
    loaded = load(model_folder, device="cpu")
    assert loaded.classes == ("background", "dog", "car")
    assert loaded.record["name"] == "debug"
    assert loaded.record["sha256"] == content_hash(model_folder / "config.json", model_folder / "model.safetensors")
    assert (loaded.device.type, loaded.model.training) == ("cpu", False)
    assert loaded.summary().startswith("debug (2 classes, ")


def test_the_default_model_is_ravs_film_finds_the_drums_of_an_example_and_marks_nothing_in_silence():
    segmenter = load()
    made = segmenter.segment(TWO_DRUMS, mute=True)
    assert made.model["name"] == "ravs-film"
    assert [max(frame.objects, key=lambda found: found.area).name for frame in made] == ["drum"] * 5
    marked = sum(frame.labels > 0 for frame in made)
    left, right = marked[:, : marked.shape[1] // 2].sum(), marked[:, marked.shape[1] // 2 :].sum()
    assert left > 5000 and left > 2 * right
    assert made.silence_test.kept_area == 0


def test_ravs_tiny_marks_its_example_and_nothing_in_silence():
    segmenter = load("ravs-tiny")
    made = segmenter.segment(TWO_DRUMS, mute=True)
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


@pytest.mark.parametrize(("source", "remedy"), [(b"RIFF", "io.BytesIO"), ((x for x in ()), "list"), (3, "int is no")])
def test_what_is_no_source_is_refused_with_what_makes_it_one(source, remedy):
    with pytest.raises(InputError, match=remedy):
        segmenter()(source)


def test_an_open_file_takes_the_silence_test_too(clip):
    assert segmenter().silence_test(io.BytesIO(clip.read_bytes())).kept_area == 0.0


@pytest.mark.parametrize("choices", [{"rate": 5}, {"start_s": 1}, {"end_s": 1}, {"sound": "a.wav"}, {"sound_track": 1}])
def test_choices_about_a_file_are_refused_beside_arrays(choices):
    arrays = {"frames": np.zeros((1, 8, 8, 3), np.uint8), "waveform": np.zeros(RATE_HZ), "sample_rate_hz": RATE_HZ}
    with pytest.raises(InputError, match=f"{next(iter(choices))} beside arrays"):
        segmenter().segment(**arrays, **choices)


def test_times_before_the_waveform_are_refused():
    frames, waveform = np.zeros((1, 8, 8, 3), np.uint8), np.zeros(RATE_HZ)
    with pytest.raises(InputError, match="begins at -5 s"):
        segmenter().segment(frames=frames, waveform=waveform, sample_rate_hz=RATE_HZ, times_s=[-5.0])
