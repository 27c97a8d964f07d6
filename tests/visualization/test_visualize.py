from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ravs.config import RavsConfig
from ravs.config.inference import InferenceSettings
from ravs.errors import InputError, NoMatchError
from ravs.inference.predict import predict_probabilities
from ravs.inference.processor import RavsProcessor
from ravs.inference.segmenter import load
from ravs.media import probe, read_clips
from ravs.modeling.ravs import RavsModel
from ravs.visualization import visualize
from ravs.visualization.image_grid import GAP, LINE_HEIGHT, MARGIN, ROW_NAME_WIDTH
from ravs.visualization.input_clip import MAX_S, with_end
from ravs.visualization.model_outputs import TILE, recorded_alignments, tile, video_outputs

NAMES = ["groups-stage1.png", "groups-stage2.png", "groups-stage3.png", "response.png", "uncertainty.png"]


@pytest.fixture(scope="module")
def clip(tmp_path_factory, draw_clip):
    """Two and a half seconds: three columns."""
    return draw_clip(tmp_path_factory.mktemp("clips") / "a.mp4")


@pytest.fixture
def model_with(tmp_path):
    """Saves a debug model with some keys changed."""

    def save(**changes):
        config = RavsConfig.preset("ravs-debug", **changes)
        RavsModel(config).save_pretrained(tmp_path / "changed")
        RavsProcessor(config).save_pretrained(tmp_path / "changed")
        return str(tmp_path / "changed")

    return save


def size_of(path):
    with Image.open(path) as image:
        return image.size


def test_five_files_appear_complete_in_their_size(clip, model_folder, tmp_path):
    drawn = visualize(str(model_folder), clip, tmp_path / "out")
    assert [path.name for path in drawn.files] == NAMES == sorted(path.name for path in (tmp_path / "out").iterdir())
    high = TILE * 32 // 48
    columns = MARGIN * 2 + ROW_NAME_WIDTH + 3 * (TILE + GAP) - GAP
    sizes = {path.name: size_of(path) for path in drawn.files}
    assert all(width >= columns for width, _ in sizes.values())
    assert sizes["uncertainty.png"][0] == columns
    assert sizes["response.png"][1] - sizes["groups-stage1.png"][1] == LINE_HEIGHT - GAP  # a line of notes, not a gap
    assert sizes["uncertainty.png"][1] - sizes["response.png"][1] == high + LINE_HEIGHT  # one row more


def test_without_a_folder_figures_go_to_one_named_as_the_video(clip, model_folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    drawn = visualize(str(model_folder), clip)
    assert {path.parent.as_posix() for path in drawn.files} == {"ravs-figures/a"}
    assert all(path.is_file() for path in drawn.files)


def test_a_model_without_groups_says_so_and_draws_the_rest(clip, model_with, tmp_path):
    model = model_with(alignment="cross_attention", contrastive=False)
    drawn = visualize(model, clip, tmp_path / "out")
    assert [path.name for path in drawn.files] == ["uncertainty.png"]
    assert "no groups and no response: changed was built with alignment='cross_attention'" in drawn.remarks[0]


def test_a_model_without_uncertainty_says_so_and_draws_the_rest(clip, model_with, tmp_path):
    drawn = visualize(model_with(uncertainty=False), clip, tmp_path / "out")
    assert [path.name for path in drawn.files] == NAMES[:4]
    assert "no uncertainty: changed was built with uncertainty=False" in drawn.remarks[0]


def test_groups_that_no_contrast_taught_come_with_a_warning(clip, model_with, tmp_path):
    drawn = visualize(model_with(contrastive=False), clip, tmp_path / "out")
    assert [path.name for path in drawn.files] == NAMES
    assert "response.png means little" in drawn.remarks[0]


def test_of_a_model_that_has_neither_what_is_marked_is_drawn(clip, model_with, tmp_path):
    model = model_with(alignment="none", contrastive=False, uncertainty=False)
    drawn = visualize(model, clip, tmp_path / "out")
    assert [path.name for path in drawn.files] == ["marked.png"]
    assert "alignment='none'" in drawn.remarks[0] and "no uncertainty" in drawn.remarks[1]
    assert size_of(drawn.files[0])[1] > 2 * TILE * 32 // 48  # frames, and what is marked below them


def test_a_part_is_drawn_and_named(clip, model_folder, tmp_path):
    drawn = visualize(str(model_folder), clip, tmp_path, start="1", end="2")
    assert drawn.remarks == ("drawn: 0:01–0:02 of 0:02.5; --start and --end draw other seconds",)
    assert visualize(str(model_folder), clip, tmp_path).remarks == ("drawn: 0:00–0:02.5 of 0:02.5",)


def test_the_first_ten_seconds_are_drawn_where_no_end_is_given(clip):
    info = probe(clip)
    assert with_end(info, InferenceSettings()).end_s == 10
    assert with_end(info, InferenceSettings(start_s=Fraction(3, 2))).end_s == Fraction(23, 2)
    assert with_end(info, InferenceSettings(end_s=Fraction(900))).end_s == 900  # the video ends long before


def test_more_than_a_sheet_holds_is_refused(clip):
    info = replace(probe(clip), duration_s=Fraction(1000))
    with pytest.raises(InputError, match=f"500 s are more than a sheet holds .{MAX_S} s.: give a nearer --end"):
        with_end(info, InferenceSettings(end_s=Fraction(500)))


def test_a_video_that_is_not_there_has_no_match():
    with pytest.raises(NoMatchError, match=r"no file 'nowhere\.mp4'"):
        visualize("ravs-debug", Path("nowhere.mp4"))


def test_seconds_are_in_the_order_of_time_across_clips_and_padding_is_dropped(clip, model_folder):
    seconds = video_outputs(
        load(model_folder), clip, InferenceSettings()
    )  # two seconds a clip: the second clip is half padding
    assert [second.marked.end_s for second in seconds] == [1.0, 2.0, 3.0]
    assert all(second.image.shape == (200, 300, 3) for second in seconds)


def test_the_groups_are_those_of_the_models_own_encode(clip, model_folder):
    segmenter = load(model_folder)
    seconds = video_outputs(segmenter, clip, InferenceSettings(end_s=Fraction(2)))
    (whole,) = read_clips(clip, window=2, end_s=2, sample_rate_hz=segmenter.processor.sample_rate_hz)
    inputs = segmenter.processor(images=whole.frames, audio=whole.waveform, sampling_rate=whole.sample_rate_hz)
    with torch.inference_mode():
        audio = segmenter.model.audio_encoder(inputs["audio_features"][0])
        _, aligned = segmenter.model.encode(inputs["pixel_values"][0], audio, None)
    for index, second in enumerate(seconds):
        for groups, expected in zip(second.stages, aligned, strict=True):
            np.testing.assert_array_equal(groups.of_token.ravel(), expected.group_of_token[index])
            np.testing.assert_allclose(groups.relevance.ravel(), expected.relevance[index], rtol=1e-4, atol=1e-5)
            cosine = torch.cosine_similarity(expected.groups[index], expected.audio[index][None], dim=-1)
            np.testing.assert_allclose(groups.response, 1 / (1 + np.exp(-5 * cosine.numpy())), rtol=1e-4)


def test_recording_the_alignments_changes_no_digit_and_leaves_nothing_behind(clip, model_folder):
    segmenter = load(model_folder)
    (whole,) = read_clips(clip, window=3, sample_rate_hz=segmenter.processor.sample_rate_hz)
    before = predict_probabilities(segmenter.model, segmenter.processor, whole)
    with recorded_alignments(segmenter.model) as aligned:
        during = predict_probabilities(segmenter.model, segmenter.processor, whole)
    assert len(aligned) == 3
    predict_probabilities(segmenter.model, segmenter.processor, whole)
    assert len(aligned) == 3
    assert all(torch.equal(one, other) for one, other in zip(before, during, strict=True))


@pytest.mark.parametrize(("size", "drawn"), [((32, 48), (200, 300)), ((90, 60), (300, 200)), ((700, 700), (300, 300))])
def test_a_drawn_image_has_one_longer_side_and_keeps_its_shape(size, drawn):
    assert tile(np.zeros((*size, 3), np.uint8)).shape == (*drawn, 3)
