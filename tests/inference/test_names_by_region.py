"""What `names: region` changes from the model's maps to what a user gets, and that `names: pixel` changes nothing."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from ravs.config import RavsConfig
from ravs.config.inference import InferenceSettings
from ravs.errors import InputError
from ravs.evaluation import frame_predictor
from ravs.evaluation.frame_predictor import FramePredictor
from ravs.inference.output_recorder import record_output
from ravs.inference.outputs.timeline import timelines
from ravs.inference.postprocess import find_sounding_objects, names_at_size
from ravs.inference.predict import predict_clips, predict_windows
from ravs.inference.processor import RavsProcessor
from ravs.inference.render_output import render
from ravs.inference.segmenter import Segmenter
from ravs.structures.clip import LabelledClip
from ravs.structures.json_document import document_json, json_schema, read_document
from ravs.structures.mask_rule import MaskRule
from ravs.structures.rle import decode_mask
from ravs.visualization.model_outputs import clips_outputs
from support.audio_gated_model import clip_of
from support.maps import maps_of

UNFILTERED = {"min_area": 0, "min_duration_s": 0, "bridge_gaps_s": 0}
CLASSES = ("dog", "car", "cat")
SIZE = (48, 64)  # of the frames of clip_of


class DrawnModel(torch.nn.Module):
    """Says of the next seconds what it was given: probabilities of (seconds, 4, 16, 16)."""

    def __init__(self, maps):
        super().__init__()
        self.maps = maps

    def forward(self, valid, **_):
        count = valid.shape[1]
        maps, self.maps = self.maps[:count], self.maps[count:]
        return SimpleNamespace(adjusted_logits=maps.clamp(min=1e-9).log()[None], uncertainty=None)


def segmenter(maps, names="region"):
    config = RavsConfig.preset("ravs-debug", classes=CLASSES, names=names, uncertainty=False)
    return Segmenter(DrawnModel(maps), RavsProcessor(config), name="drawn")


def masks(maps, names="region", **choices):
    one = segmenter(maps, names)
    clips = [clip_of(2, loud=(), first=2 * number) for number in range(len(maps) // 2)]
    return list(predict_clips(one.model, one.processor, clips, one.settings(**UNFILTERED | choices)))


def noisy(seconds, *things, seed=0):
    """Things at (columns, shares of dog, car, cat) that sound at 0.8, each cell with much noise in its shares."""
    generator = torch.Generator().manual_seed(seed)
    maps = torch.zeros(seconds, 4, 16, 16)
    maps[:, 0] = 1
    for columns, shares in things:
        place = maps[:, :, 2:14, columns]
        noise = torch.rand(seconds, 3, *place.shape[2:], generator=generator) ** 2
        of_cells = torch.tensor(shares)[:, None, None] * noise
        place[:, 1:] = 0.8 * of_cells / of_cells.sum(dim=1, keepdim=True)
        place[:, 0] = 0.2
    return maps


def test_a_drum_of_several_names_becomes_one_and_its_outline_stays():
    maps = noisy(4, (slice(3, 12), (0.5, 0.25, 0.25)))
    before, after = masks(maps, "pixel"), masks(maps)
    assert all(len(frame.objects) == 3 for frame in before)
    assert [frame.sounding for frame in after] == [("dog",)] * 4
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one.labels > 0, other.labels > 0)


def test_two_touching_things_keep_two_names_and_meet_where_they_touch():
    maps = noisy(2, (slice(2, 8), (0.9, 0.05, 0.05)), (slice(8, 14), (0.05, 0.05, 0.9)))
    for frame in masks(maps):
        assert frame.sounding == ("dog", "cat")
        middle = frame.labels[SIZE[0] // 2]
        assert set(middle[9:30]) == {1} and set(middle[34:55]) == {3}


def test_a_region_without_a_name_is_marked_listed_and_says_so():
    maps = noisy(2, (slice(3, 12), (0.34, 0.33, 0.33)))
    for frame in masks(maps):
        (found,) = frame.objects
        assert (found.name, found.class_id) == ("unnamed", 4)
        assert set(np.unique(frame.labels)) == {0, 4}
        assert found.score == pytest.approx(0.8, abs=0.06)  # that it sounds; outlines reach down to 0.5
        assert masks(maps, "pixel")[0].labels.astype(bool).sum() == found.area


def test_a_named_region_scores_the_mean_probability_of_its_name():
    maps = torch.zeros(2, 4, 16, 16)
    maps[:, 0], maps[:, 1], maps[:, 2] = 0.1, 0.6, 0.3
    assert [frame.objects[0].score for frame in masks(maps)] == [
        pytest.approx(230 * 170 / 255**2, abs=1e-4)
    ] * 2  # in 8 bits


def test_a_document_with_unnamed_regions_fits_the_schema_and_comes_back(tmp_path):
    maps = noisy(2, (slice(1, 6), (0.34, 0.33, 0.33)), (slice(10, 15), (0.9, 0.05, 0.05)))
    one = segmenter(maps)
    source = SimpleNamespace(as_json=lambda: {"name": "a", "width": 64, "height": 48}, warnings=lambda *_: ())
    output = record_output(
        one, source, InferenceSettings(), predict_windows(one.model, one.processor, [clip_of(2, ())])
    )
    prediction = render(output, InferenceSettings())
    document = json.loads(document_json(prediction))
    assert [entry["name"] for entry in document["classes"]] == ["background", *CLASSES, "unnamed"]
    assert [entry["id"] for entry in document["classes"]] == [0, 1, 2, 3, 4]
    described = json_schema()["properties"]["frames"]["items"]["properties"]["objects"]["items"]["properties"]
    (dog, unnamed) = document["frames"][0]["objects"]
    assert (dog["class"], unnamed["class"], unnamed["class_id"]) == ("dog", "unnamed", 4)
    assert set(unnamed) == set(described) and described["class_id"]["minimum"] <= 4 <= described["class_id"]["maximum"]
    assert "unnamed" in described["class"]["description"]
    (tmp_path / "a.json").write_text(document_json(prediction))
    assert document_json(read_document(tmp_path / "a.json")) == document_json(prediction)
    assert "unnamed,0.000,1.900" in timelines(prediction)["timeline.csv"]


def test_among_some_classes_regions_get_names_of_these_and_what_sounds_is_the_same():
    maps = noisy(2, (slice(3, 12), (0.1, 0.3, 0.6)))
    everything, asked = masks(maps), masks(maps, among="dog,car")
    assert [frame.sounding for frame in everything] == [("cat",)] * 2
    assert [frame.sounding for frame in asked] == [("car",)] * 2
    np.testing.assert_array_equal(everything[0].labels > 0, asked[0].labels > 0)
    with pytest.raises(InputError, match="no class 'unnamed' in drawn"):
        segmenter(maps).settings(among="unnamed")


def test_pixels_above_the_uncertainty_leave_the_mask_and_not_the_name():
    maps = torch.tensor([0.1, 0.6, 0.2, 0.1])[:, None, None].expand(4, 1, 4)
    unsure, names = torch.tensor([[0.1, 0.1, 0.6, 0.6]]), np.full((1, 4), 2)
    rule = MaskRule(names=("background", *CLASSES), allowed=(1, 2, 3), max_uncertainty=0.5)
    (found,) = find_sounding_objects(maps_of(maps, unsure), (1, 4), rule, names)
    assert (found.name, found.bbox, found.score) == ("car", (0, 0, 2, 1), pytest.approx(0.2))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("threshold", [0.2, 0.5, 0.8])
def test_every_sounding_pixel_has_a_name_whatever_sounds(seed, threshold):
    generator = torch.Generator().manual_seed(seed)
    maps = (torch.randn(4, 4, 16, 16, generator=generator) * (1 + seed)).softmax(dim=1)
    for one, other in zip(masks(maps, "pixel", threshold=threshold), masks(maps, threshold=threshold), strict=True):
        np.testing.assert_array_equal(one.labels > 0, other.labels > 0)


def test_the_border_of_two_names_is_smooth():
    names = np.array([[1, 1, 2], [1, 2, 2], [2, 2, 2]])
    drawn = names_at_size(names, (48, 48))
    rows = np.array([(row == 1).sum() for row in drawn])
    assert len(set(rows)) > 15 and (np.diff(rows) <= 0).all()  # a border of steps would have three lengths of rows


def test_masks_of_a_clip_do_not_depend_on_the_source_that_runs_beside_it():
    first, second = noisy(4, (slice(3, 12), (0.45, 0.4, 0.15))), noisy(4, (slice(3, 12), (0.1, 0.1, 0.8)), seed=1)
    one, other = segmenter(first), segmenter(second)
    streams = [
        predict_clips(run.model, run.processor, [clip_of(2, ()), clip_of(2, ())], InferenceSettings())
        for run in (one, other)
    ]
    interleaved = list(zip(*streams, strict=True))
    assert [frame.objects for frame, _ in interleaved] == [frame.objects for frame in masks(first)]
    assert [frame.objects for _, frame in interleaved] == [frame.objects for frame in masks(second)]


def test_a_batch_of_two_has_the_labels_of_two_batches_of_one():
    processor = segmenter(None).processor
    logits = (
        torch.stack([noisy(3, (slice(3, 12), (0.45, 0.4, 0.15)), seed=seed) for seed in (0, 1)]).clamp(min=1e-9).log()
    )
    both = processor.post_process_semantic_segmentation(SimpleNamespace(adjusted_logits=logits), [(40, 30), (20, 20)])
    for index, size in enumerate([(40, 30), (20, 20)]):
        alone = SimpleNamespace(adjusted_logits=logits[index : index + 1])
        (labels,) = processor.post_process_semantic_segmentation(alone, [size])
        assert torch.equal(labels, both[index]) and labels.shape == (3, *size)
        assert all(len(second.unique()) == 2 for second in labels)  # background, and one name


def test_the_processor_labels_as_a_user_gets_it():
    maps = noisy(2, (slice(2, 8), (0.9, 0.05, 0.05)), (slice(8, 14), (0.34, 0.33, 0.33)))
    outputs = SimpleNamespace(adjusted_logits=maps.clamp(min=1e-9).log()[None])
    (labels,) = segmenter(None).processor.post_process_semantic_segmentation(outputs, [SIZE])
    np.testing.assert_array_equal(labels.numpy(), [frame.labels for frame in masks(maps)])


def test_the_processor_labels_outputs_that_carry_a_gradient():
    logits = noisy(1, (slice(2, 8), (0.9, 0.05, 0.05))).clamp(min=1e-9).log()[None]
    processor = segmenter(None).processor
    plain, carrying = (
        processor.post_process_semantic_segmentation(SimpleNamespace(adjusted_logits=one))[0]
        for one in (logits, logits.clone().requires_grad_())
    )
    assert torch.equal(plain, carrying) and plain.any()


@pytest.mark.parametrize("columns", [(0, 1, 2, 3), (0, 3, 1, 2)])
def test_evaluation_scores_the_names_that_a_user_gets_and_the_likeliest_where_there_is_none(monkeypatch, columns):
    maps = noisy(4, (slice(1, 6), (0.36, 0.32, 0.32)), (slice(10, 15), (0.1, 0.1, 0.8)))
    windows = iter([maps[:2], maps[2:]])
    monkeypatch.setattr(
        frame_predictor, "predict_probabilities", lambda *_: ((found := next(windows)), torch.zeros_like(found[:, 0]))
    )
    clip = clip_of(4, ())
    values = {name: getattr(clip, name) for name in ("frames", "waveform", "times_s", "sample_rate_hz")}
    labelled = LabelledClip(**values, masks=np.zeros((4, *SIZE), np.uint8))
    processor = segmenter(None).processor
    predictor = FramePredictor(torch.nn.Identity(), processor, columns, False, None, 0.5)
    frames = list(predictor.frames(labelled))
    for scored, shown in zip(frames, masks(maps), strict=True):
        assert set(shown.sounding) == {"cat", "unnamed"}
        expected = np.where(shown.labels == 4, 1, shown.labels)  # a dog is likeliest
        np.testing.assert_array_equal(np.array(columns)[scored.labels], expected)
    assert len(np.unique(frames[0].winners)) == 4  # published protocols take the largest score, pixel by pixel


def test_figures_show_the_names_of_the_whole_video():
    dog, car = ((slice(3, 12), shares) for shares in ((0.45, 0.4, 0.15), (0.4, 0.45, 0.15)))
    maps = torch.cat([noisy(1, thing) for thing in (dog, dog, car, car)])
    drawn = clips_outputs(segmenter(maps), [clip_of(2, ()), clip_of(2, ())], InferenceSettings())
    assert [second.marked.objects for second in drawn] == [frame.objects for frame in masks(maps)]


def test_masks_by_pixel_are_those_of_a_configuration_that_does_not_say():
    maps = noisy(2, (slice(3, 12), (0.5, 0.25, 0.25)))
    config = RavsConfig.preset("ravs-debug", classes=CLASSES, uncertainty=False)
    assert (config.names, config.mask_classes) == ("pixel", ("background", *CLASSES))
    silent = Segmenter(DrawnModel(maps), RavsProcessor(config))
    frames = predict_clips(silent.model, silent.processor, [clip_of(2, ())], InferenceSettings())
    for found, said in zip(frames, masks(maps, "pixel"), strict=True):
        assert found.objects == said.objects
        larger = torch.nn.functional.interpolate(maps[found.index][None], SIZE, mode="bilinear")[0]
        expected = (larger[1:].argmax(dim=0) + 1) * (1 - larger[0] > 0.5)
        by_name = {obj.class_id: decode_mask(obj.rle) for obj in found.objects}
        for index, mask in by_name.items():
            assert (mask == (expected == index).numpy()).mean() > 0.999  # softmax of a logarithm, rounded
