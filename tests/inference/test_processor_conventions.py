"""What users of transformers expect of a processor."""

import json
import shutil
import subprocess
import sys
from inspect import signature
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import AutoFeatureExtractor, AutoImageProcessor, AutoProcessor
from transformers.feature_extraction_utils import FeatureExtractionMixin
from transformers.image_processing_utils import BaseImageProcessor
from transformers.processing_utils import ProcessorMixin

from ravs import RavsConfig, RavsModel, RavsProcessor
from ravs.errors import InputError
from ravs.inference.feature_extractor import RavsFeatureExtractor
from ravs.inference.image_processor import RavsImageProcessor
from ravs.inference.processor import INPUTS

RATE = 32_000
CONFIG = {"resize": "squash", "silence_below_db": -60.0}


@pytest.fixture
def processor():
    return RavsProcessor(RavsConfig.preset("ravs-debug", **CONFIG))


def clip(seconds=2, seed=0, height=48, width=80):
    draw = np.random.default_rng(seed)
    frames = draw.integers(0, 256, (seconds, height, width, 3), dtype=np.uint8)
    return frames, (0.1 * draw.standard_normal((2, seconds * RATE))).astype(np.float32)


def same(one, other):
    assert one.keys() == other.keys()
    assert all(torch.equal(torch.as_tensor(one[name]), torch.as_tensor(other[name])) for name in one)


def test_the_processor_and_its_parts_are_those_of_transformers(processor):
    assert isinstance(processor, ProcessorMixin)
    assert isinstance(processor.image_processor, BaseImageProcessor)
    assert isinstance(processor.feature_extractor, FeatureExtractionMixin)
    extractor = processor.feature_extractor
    assert (extractor.sampling_rate, extractor.feature_size, processor.image_processor.image_size) == (RATE, 64, 64)


def test_the_names_of_the_inputs_are_those_that_a_model_takes(processor):
    frames, audio = clip()
    inputs = processor(images=frames, audio=audio, sampling_rate=RATE)
    assert processor.model_input_names == list(inputs)
    assert RavsModel(processor.config)(**inputs).logits.shape[:2] == (1, 2)


def test_each_part_does_its_own_half(processor):
    frames, audio = clip()
    both = processor(frames, audio, RATE)
    images = processor.image_processor(frames)
    features = processor.feature_extractor(audio, sampling_rate=RATE)
    assert torch.equal(images["pixel_values"], both["pixel_values"][0])
    assert torch.equal(features["audio_features"], both["audio_features"][0])
    assert len(processor.feature_extractor(audio[:, :-100], sampling_rate=RATE)["audio_features"]) == 2  # completed


def test_images_come_in_every_form_that_images_have(processor):
    frames, audio = clip()
    expected = processor(images=frames, audio=audio, sampling_rate=RATE)
    forms = [
        list(frames),
        [Image.fromarray(frame) for frame in frames],
        torch.from_numpy(frames).permute(0, 3, 1, 2),
        [frames],
        frames[None],
    ]
    for form in forms:
        batched = len(form) == 1
        same(processor(images=form, audio=[audio] if batched else audio, sampling_rate=RATE), expected)
    same(processor(videos=frames, audio=audio.T, sampling_rate=RATE), expected)


def test_a_list_of_clips_is_a_batch_padded_to_the_longest(processor):
    (short, quiet), (long, loud) = clip(1), clip(3, seed=1)
    batch = processor(images=[short, long], audio=[quiet, loud], sampling_rate=RATE)
    assert batch["valid"].tolist() == [[True, False, False], [True, True, True]]
    alone = processor(images=short, audio=quiet, sampling_rate=RATE, seconds=3)
    same({name: value[:1] for name, value in batch.items()}, alone)
    lists = processor(images=[list(short), list(long)], audio=[quiet, loud], sampling_rate=RATE)
    same(lists, batch)


def test_padding_is_asked_for_as_in_transformers(processor):
    frames, audio = clip(2)
    expected = processor(images=frames, audio=audio, sampling_rate=RATE)
    for padding in (True, "longest", False):
        same(processor(images=frames, audio=audio, sampling_rate=RATE, padding=padding), expected)
    padded = processor(images=frames, audio=audio, sampling_rate=RATE, padding="max_length", seconds=3)
    same(padded, processor(images=frames, audio=audio, sampling_rate=RATE, seconds=3))
    with pytest.raises(InputError, match="padding is False, but clips last 1, 2 s"):
        processor(images=[clip(1)[0], frames], audio=[clip(1)[1], audio], sampling_rate=RATE, padding=False)


def test_tensors_are_pytorchs_or_numpys(processor):
    frames, audio = clip()
    arrays = processor(images=frames, audio=audio, sampling_rate=RATE, return_tensors="np")
    assert all(isinstance(value, np.ndarray) for value in arrays.values())
    same(arrays, processor(images=frames, audio=audio, sampling_rate=RATE, return_tensors=None))
    same(arrays, processor(images=frames, audio=audio, sampling_rate=RATE, return_tensors="pt"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"images": None}, "images are missing"),
        ({"audio": None}, "audio is missing.*zeros for silence"),
        ({"sampling_rate": None}, "sampling_rate is missing.*48000"),
        ({"videos": clip()[0]}, "images and videos are two names"),
        ({"padding": "most"}, "padding is 'most'; it must be True, False, 'longest' or 'max_length'"),
        ({"padding": "max_length"}, "seconds is not given"),
        ({"padding": False, "seconds": 3}, "padding is False, but clips last 2 s"),
        ({"return_tensors": "tf"}, "return_tensors is 'tf'.*'pt' for PyTorch or 'np'"),
        ({"images": [clip()[0]] * 3, "audio": [clip()[1]]}, "3 clips of images have 1 of audio"),
    ],
)
def test_a_call_that_cannot_be_meant_is_an_error(processor, change, message):
    frames, audio = clip()
    with pytest.raises(InputError, match=message):
        processor(**{"images": frames, "audio": audio, "sampling_rate": RATE} | change)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"frames": None, "waveform": None}, r"takes no 'frames'; it takes images, audio, sampling_rate,"),
        ({"text": "a dog"}, r"takes no 'text'; it takes images, audio,"),
        ({"audios": None}, r"takes no 'audios'; did you mean 'audio'\?"),
    ],
)
def test_a_keyword_of_other_processors_is_refused_with_those_that_there_are(processor, given, message):
    with pytest.raises(InputError, match=message):
        processor(**given)


def test_the_keywords_that_a_refusal_names_are_those_of_a_call():
    *named, _ = list(signature(RavsProcessor.__call__).parameters)[1:]
    assert tuple(named) == INPUTS


def test_clips_whose_frames_have_other_sizes_make_no_batch():
    processor = RavsProcessor(RavsConfig.preset("ravs-debug", resize="keep"))
    (wide, one), (tall, other) = clip(), clip(height=80, width=48)
    with pytest.raises(InputError, match="become frames of 64×96, 96×64: give clips of one aspect ratio"):
        processor(images=[wide, tall], audio=[one, other], sampling_rate=RATE)


def test_a_saved_processor_comes_back_with_its_parts(processor, tmp_path):
    processor.save_pretrained(tmp_path)
    assert json.loads((tmp_path / "processor_config.json").read_text()) == processor.to_dict()
    assert set(processor.to_dict()) == {"image_processor", "feature_extractor", "processor_class"}
    for again in (RavsProcessor.from_pretrained(tmp_path), AutoProcessor.from_pretrained(tmp_path)):
        assert type(again) is RavsProcessor and again.to_dict() == processor.to_dict()
    images, audio = AutoImageProcessor.from_pretrained(tmp_path), AutoFeatureExtractor.from_pretrained(tmp_path)
    assert type(images) is RavsImageProcessor and images.to_dict() == processor.image_processor.to_dict()
    assert type(audio) is RavsFeatureExtractor and audio.to_dict() == processor.feature_extractor.to_dict()


def test_another_mean_is_saved_with_the_processor(processor, tmp_path):
    processor.image_processor.image_mean = [0.5, 0.5, 0.5]
    processor.save_pretrained(tmp_path)
    assert RavsProcessor.from_pretrained(tmp_path).image_processor.image_mean == [0.5, 0.5, 0.5]


def test_keys_of_the_configuration_change_the_parts(processor, tmp_path):
    processor.save_pretrained(tmp_path)
    again = RavsProcessor.from_pretrained(tmp_path, image_size=96, silence_below_db=None)
    assert (again.config.image_size, again.image_processor.image_size) == (96, 96)
    assert again.feature_extractor.silence_below_db is None


def test_parts_that_do_not_agree_with_the_configuration_are_an_error(processor, tmp_path):
    processor.save_pretrained(tmp_path)
    saved = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(saved | {"image_size": 32}))
    with pytest.raises(InputError, match=r"image_processor\.image_size is 64, but image_size of .* 32: make"):
        RavsProcessor.from_pretrained(tmp_path)
    with pytest.raises(InputError, match=r"feature_extractor\.audio_encoder is 'htsat'"):
        RavsProcessor(processor.config, feature_extractor=RavsFeatureExtractor("htsat", silence_below_db=-60.0))


def test_a_models_configuration_is_never_replaced_by_the_processors(processor, tmp_path):
    own = RavsConfig.preset("ravs-debug", **CONFIG, classes=["bell"])
    RavsModel(own).save_pretrained(tmp_path)
    before = (tmp_path / "config.json").read_text()
    with pytest.raises(
        InputError, match=r"classes is \('bell',\) there, \('dog', 'car'\) here.*RavsProcessor.model.config"
    ):
        processor.save_pretrained(tmp_path)
    RavsProcessor(own).save_pretrained(tmp_path)
    assert (tmp_path / "config.json").read_text() == before


def test_a_processor_file_without_parts_is_refused(processor, tmp_path):
    processor.config.save_pretrained(tmp_path)
    (tmp_path / "processor_config.json").write_text('{"processor_class": "RavsProcessor"}')
    with pytest.raises(InputError, match="lacks image_processor, feature_extractor: write it again, RavsProcessor"):
        RavsProcessor.from_pretrained(tmp_path)


@pytest.mark.parametrize(("part", "key"), [(RavsImageProcessor, "do_resize"), (RavsFeatureExtractor, "n_mels")])
def test_a_key_that_a_part_does_not_have_is_an_error(part, key):
    with pytest.raises(InputError, match=f"{part.__name__} has no key {key}"):
        part(**{key: 1})


@pytest.mark.parametrize("name", ["ravs-tiny", "ravs-film"])
def test_shipped_processors_are_found_by_name(name):
    known = RavsProcessor.from_pretrained(name)
    assert known.to_dict() == RavsProcessor(RavsConfig.from_pretrained(name)).to_dict()


def test_postprocessing_takes_one_size_for_each_clip(processor):
    outputs = SimpleNamespace(adjusted_logits=torch.randn(2, 3, 3, 8, 8))
    sizes = torch.tensor([[9, 7], [4, 5]])
    found = processor.post_process_semantic_segmentation(outputs, target_sizes=sizes)
    assert [tuple(masks.shape) for masks in found] == [(3, 9, 7), (3, 4, 5)]
    for wrong in ([(9, 7)], (9, 7), [9, 7], [(9, 7), (4,)], [(9, 7), (0, 5)], [(9.5, 7), (4, 5)], 9):
        with pytest.raises(InputError, match=r"target_sizes is .* for 2 clips: give one \(height, width\) for each"):
            processor.post_process_semantic_segmentation(outputs, target_sizes=wrong)


@pytest.mark.parametrize("threshold", [-0.1, 1.5, float("nan"), "0.5", None])
def test_postprocessing_takes_a_threshold_from_0_to_1(processor, threshold):
    outputs = SimpleNamespace(adjusted_logits=torch.randn(1, 1, 3, 8, 8))
    with pytest.raises(InputError, match="threshold is"):
        processor.post_process_semantic_segmentation(outputs, threshold=threshold)


def test_a_processor_is_pushed_to_the_hub_with_all_its_files(processor, monkeypatch):
    pushed = {}

    class Hub:
        def __init__(self, token=None):
            pushed["token"] = token

        def create_repo(self, repo_id, private, exist_ok):
            return SimpleNamespace(repo_id=repo_id)

        def file_exists(self, repo_id, name, revision):
            return False

        def upload_folder(self, *, repo_id, folder_path, **_):
            pushed["files"] = sorted(path.name for path in Path(folder_path).iterdir())
            return f"https://hub/{repo_id}"

    monkeypatch.setattr("huggingface_hub.HfApi", Hub)
    assert processor.push_to_hub("me/mine", token="secret") == "https://hub/me/mine"
    assert pushed == {"token": "secret", "files": ["config.json", "processor_config.json"]}


@pytest.mark.slow
def test_auto_classes_know_ravs_after_import_ravs_whichever_is_imported_first(tmp_path):
    program = """
from transformers import AutoConfig, AutoFeatureExtractor, AutoImageProcessor, AutoModel, AutoProcessor
from ravs.config.presets import SHIPPED_MODELS
for name in ("ravs-film", "ravs-tiny"):
    classes = (AutoConfig, AutoProcessor, AutoImageProcessor, AutoFeatureExtractor, AutoModel)
    print(*(type(one.from_pretrained(SHIPPED_MODELS / name)).__name__ for one in classes))
"""
    parts = "RavsProcessor RavsImageProcessor RavsFeatureExtractor"
    expected = f"ClassMatchingConfig {parts} ClassMatchingModel\nRavsConfig {parts} RavsModel\n"
    for first in ("import ravs\n", "from transformers import AutoProcessor, AutoModel\nimport ravs\n"):
        run = subprocess.run([sys.executable, "-W", "error", "-c", first + program], capture_output=True, text=True)
        assert run.stdout == expected, run.stderr[-2000:]


@pytest.mark.parametrize("text", ["[]", "null", "[" * 100_000, '{"image_processor": null, "feature_extractor": {}}'])
def test_a_processor_file_that_is_no_object_of_parts_is_refused(model_folder, tmp_path, text):
    folder = shutil.copytree(model_folder, tmp_path / "model")
    (folder / "processor_config.json").write_text(text)
    with pytest.raises(InputError, match=r"processor_config\.json of .* (is no JSON object|lacks image_processor)"):
        RavsProcessor.from_pretrained(folder)


@pytest.mark.parametrize("values", [None, 0.5, "abc", [0.1, 0.2], [0.1, "x", 0.3], [0.1, float("nan"), 0.3]])
def test_means_of_channels_are_three_numbers(values):
    with pytest.raises(InputError, match="image_mean is "):
        RavsImageProcessor(image_mean=values)
    with pytest.raises(InputError, match="image_std is "):
        RavsImageProcessor(image_std=[0.2, 0.2, 0.0])
