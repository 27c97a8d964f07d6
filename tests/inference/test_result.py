"""What users do with a prediction: save, load, tables, pictures, and what they are told when it cannot be done."""

import builtins
import dataclasses
import json

import numpy as np
import pytest
from PIL import Image

from ravs.errors import InputError
from ravs.inference.result import FORMATS, Prediction
from ravs.inference.segment_job.render_job import load_result
from ravs.inference.segment_job.result_folder import ResultFolder
from ravs.structures.json_document import document_json
from support.audio_gated_model import segmenter
from support.predictions import prediction as values

__all__ = ["values"]


@pytest.fixture
def prediction(values):
    return Prediction.of(values)


def without(monkeypatch, library):
    """From here on the library cannot be imported."""
    original = builtins.__import__

    def refuse(name, *rest):
        if name == library:
            raise ImportError(name)
        return original(name, *rest)

    monkeypatch.setattr(builtins, "__import__", refuse)


def test_what_is_saved_has_the_names_that_ravs_segment_gives_and_is_loaded_again(prediction, tmp_path):
    formats = [name for name in FORMATS if name not in ("overlay", "uncertainty")]
    folder = prediction.save(tmp_path / "out" / "street", formats)
    wanted = {file for name in formats for file in ResultFolder(folder).files(name)}
    assert {path.name for path in folder.iterdir()} == wanted
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["street"]
    assert len(list(folder.glob("masks/*.png"))) == len(list(folder.glob("yolo/labels/*.txt"))) == 3
    for given in (folder, folder / "street.json"):
        assert Prediction.load(given).to_json() == prediction.to_json()
    np.testing.assert_array_equal(np.asarray(Image.open(folder / "masks" / "000001.png")), prediction[1].labels)


def test_saving_again_replaces_what_was_there(prediction, tmp_path):
    prediction.save(tmp_path, "masks")
    shorter = dataclasses.replace(prediction, frames=prediction.frames[:1])
    shorter.save(tmp_path, "masks, json")
    assert [path.name for path in tmp_path.glob("masks/*")] == ["000000.png"]
    assert len(Prediction.load(tmp_path)) == 1


def test_a_format_that_cannot_be_made_leaves_everything_as_it_was(prediction, tmp_path):
    with pytest.raises(InputError, match="mask 0 has no uncertainty map"):
        prediction.save(tmp_path / "street", ["json", "uncertainty"])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("formats", "message"), [("mask", "did you mean 'masks'"), (["zip"], "formats are overlay")])
def test_an_unknown_format_is_refused_with_those_that_there_are(prediction, tmp_path, formats, message):
    with pytest.raises(InputError, match=message):
        prediction.save(tmp_path, formats)


@pytest.mark.parametrize("formats", ["all", "masks", ["json"]])
def test_what_is_saved_is_rendered_again_from_what_the_model_said(formats, tmp_path):
    waveform = np.random.default_rng(0).normal(size=2 * 16_000).astype(np.float32) * 0.1
    frames = np.full((2, 32, 48, 3), 90, np.uint8)
    saved = segmenter().segment(frames=frames, waveform=waveform, sample_rate_hz=16_000, threshold=0.4)
    folder = saved.save(tmp_path / "street", formats)
    assert load_result(folder).to_json() == saved.to_json()
    assert load_result(folder, threshold=0.9999).settings["threshold"] == 0.9999
    assert not (folder / "overlay.mp4").exists()  # there is no video


def test_the_overlay_of_arrays_is_refused_with_what_to_give(tmp_path):
    frames, waveform = np.full((1, 32, 48, 3), 90, np.uint8), np.zeros(16_000, np.float32)
    prediction = segmenter().segment(frames=frames, waveform=waveform, sample_rate_hz=16_000)
    with pytest.raises(InputError, match=r"this prediction is of arrays: give source=, the path of a video"):
        prediction.save(tmp_path / "street", "json,overlay")
    with pytest.raises(InputError, match=r"o\.png: the overlay is a video \(mp4\)"):
        prediction.overlay(tmp_path / "o.png")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("formats", "choices", "message"),
    [
        ("overlay", {"effct": "blur"}, "no choice 'effct' of the overlay; did you mean 'effect'"),
        ("json", {"effect": "blur-silent"}, "effect: of the overlay, which is not among json"),
        ("matte", {}, r"matte is a video that ravs render FOLDER -f matte makes"),
    ],
)
def test_choices_that_would_mean_nothing_are_refused(prediction, draw_clip, tmp_path, formats, choices, message):
    drawn = dataclasses.replace(prediction, source_path=draw_clip(tmp_path / "a.mp4", seconds=0.2))
    with pytest.raises(InputError, match=message):
        drawn.save(tmp_path / "out", formats, **choices)


def test_a_folder_without_a_document_is_refused(tmp_path):
    with pytest.raises(InputError, match="give the document or folder"):
        Prediction.load(tmp_path)


def test_json_and_coco_are_what_the_command_line_writes(prediction, values, tmp_path):
    prediction.save(tmp_path, "coco")
    assert prediction.to_json() == document_json(values)
    assert json.loads((tmp_path / "coco.json").read_text()) == prediction.to_coco()


def test_the_mask_of_a_class_is_that_of_the_second_that_a_time_lies_in(prediction):
    dog = prediction.mask("dog", 0.5)
    assert (dog.dtype, dog.shape, dog.sum()) == (np.bool_, (4, 6), 4)
    np.testing.assert_array_equal(dog, prediction[0].labels == 1)
    assert [prediction.mask("violin_cello", time_s).sum() for time_s in (0.5, 1.5, 2.5)] == [0, 1, 0]
    with pytest.raises(InputError, match="no class 'violin'; did you mean 'violin_cello'"):
        prediction.mask("violin", 0.5)


def test_a_class_is_named_by_its_name(prediction):
    with pytest.raises(InputError, match="no class 1; classes are"):
        prediction.mask(1, 1.0)


def test_tables_have_a_row_an_event_a_mask_or_an_object(prediction):
    events = prediction.to_pandas()
    assert events.to_dict("list") == {
        "class": ["dog", "violin_cello"],
        "start": [0.0, 1.0],
        "end": [1.967633, 1.967633],
        "score": [pytest.approx(0.9), pytest.approx(0.6)],
    }
    frames = prediction.to_pandas("frames")
    assert frames["time"].tolist() == [0.967633, 1.967633, 2.967633]
    assert frames["classes"].tolist() == ["dog", "dog,violin_cello", ""]
    assert frames["area"].tolist() == [4, 5, 0]
    objects = prediction.to_pandas("objects")
    assert objects[["index", "class", "x", "y", "width", "height"]].to_numpy().tolist() == [
        [0, "dog", 1, 1, 2, 2],
        [1, "dog", 1, 1, 2, 2],
        [1, "violin_cello", 5, 0, 1, 1],
    ]
    with pytest.raises(InputError, match="no table 'event': tables are events, frames, objects"):
        prediction.to_pandas("event")


def test_tables_of_nothing_have_their_columns(prediction):
    nothing = dataclasses.replace(prediction, frames=())
    assert [len(nothing.to_pandas(name).columns) for name in ("events", "frames", "objects")] == [4, 9, 11]


def test_supervisions_detections_are_the_objects_of_a_mask(prediction):
    import supervision

    found = prediction.to_supervision(1.5)
    np.testing.assert_array_equal(found.xyxy, [[1, 1, 3, 3], [5, 0, 6, 1]])
    np.testing.assert_array_equal(found.mask, [prediction[1].labels == 1, prediction[1].labels == 2])
    assert found.class_id.tolist() == [1, 2] and found.data["class_name"].tolist() == ["dog", "violin_cello"]
    assert found.confidence.tolist() == pytest.approx([0.9, 0.6])
    assert len(prediction.to_supervision(2.5)) == 0
    scene = np.zeros((4, 6, 3), np.uint8)
    drawn = supervision.MaskAnnotator(opacity=1.0).annotate(scene.copy(), found)
    np.testing.assert_array_equal(drawn.any(-1), prediction[1].labels > 0)


@pytest.mark.parametrize(
    ("library", "call"), [("pandas", Prediction.to_pandas), ("supervision", lambda made: made.to_supervision(0))]
)
def test_a_library_that_is_missing_is_named_with_its_extra(prediction, monkeypatch, library, call):
    without(monkeypatch, library)
    with pytest.raises(InputError, match=rf"{library}, which is not installed: pip install 'ravs\[interop\]'"):
        call(prediction)


def test_its_text_says_what_was_found(prediction):
    assert repr(prediction) == (
        "<Prediction my street.mp4 · 6×4 · 0:02.5 · 3 masks · ravs-tiny: "
        "dog 0:00–0:02 · violin_cello 0:01–0:02 · nothing 0.5 s>"
    )
    assert repr(Prediction(source={}, model={}, settings={}, classes=("background",), frames=())).endswith("no masks>")


def test_a_notebook_shows_its_text_and_its_chart(prediction):
    html = dataclasses.replace(prediction, source=prediction.source | {"name": "<b>.mp4"})._repr_html_()
    assert "&lt;b&gt;.mp4" in html and "<b>" not in html
    assert 'src="data:image/png;base64,' in html


def test_the_chart_has_a_row_a_class_with_a_bar_while_it_sounds(prediction):
    picture = np.asarray(prediction.plot(width=500)).astype(int)
    assert picture.shape[1] == 500
    rows = [12 + 13, 12 + 26 + 13]  # the middles of the two rows
    colored = [np.flatnonzero(np.ptp(picture[row], axis=-1) > 60) for row in rows]
    dog, cello = colored  # 0 s to 1.97 s and 1 s to 1.97 s, of 2.5 s
    assert dog[-1] == cello[-1] and len(dog) == pytest.approx(2 * len(cello), rel=0.1)
    empty = dataclasses.replace(prediction, frames=()).plot(width=500)
    assert empty.size[0] == 500


def test_an_overlay_is_written_over_the_source_and_one_that_is_gone_is_named(prediction, draw_clip, tmp_path):
    clip = draw_clip(tmp_path / "a.mp4", seconds=1.0)
    boxed = dataclasses.replace(prediction, frames=prediction.frames[:1])
    with pytest.raises(InputError, match=r"its file is not there: give source="):
        boxed.overlay(tmp_path / "overlay.mp4")
    assert boxed.overlay(tmp_path / "one.mp4", source=clip, strip="off").stat().st_size > 0
    folder = dataclasses.replace(boxed, source_path=clip).save(tmp_path / "out", "overlay", effect="spotlight")
    assert [path.name for path in folder.iterdir()] == ["overlay.mp4"]
    barking = dataclasses.replace(boxed, settings=boxed.settings | {"sound": "bark.wav"})
    with pytest.raises(InputError, match=r"the audio of bark\.wav: give sound="):
        barking.overlay(tmp_path / "overlay.mp4", source=clip)
