from dataclasses import replace

import numpy as np
import pytest

from ravs.errors import InputError
from ravs.structures.prediction import FramePrediction, Prediction, SilenceTest, SoundingObject
from ravs.structures.rle import encode_mask

CLASSES = ("background", "dog", "car")


def sounding(class_id, mask, score=0.9):
    mask = np.asarray(mask, bool)
    return SoundingObject(
        class_id=class_id,
        name=CLASSES[class_id],
        score=score,
        uncertainty=0.1,
        area=int(mask.sum()),
        bbox=(0, 0, 1, 1),
        rle=encode_mask(mask),
    )


def prediction_of(*classes_of_frames, scores=()):
    """Frames of 1 x 4 pixels, one pixel a class, shown 0.1 s before the end of each second."""
    frames = []
    for index, classes in enumerate(classes_of_frames):
        score = scores[index] if scores else 0.9
        objects = tuple(sounding(c, np.arange(4)[None] == c, score) for c in classes)
        frames.append(
            FramePrediction(index=index, time_s=index + 0.9, start_s=float(index), size=(1, 4), objects=objects)
        )
    return Prediction(source={"name": "a.mp4"}, model={}, settings={}, classes=CLASSES, frames=tuple(frames))


def test_labels_hold_the_class_of_each_pixel():
    found = prediction_of([1, 2])[0]
    np.testing.assert_array_equal(found.labels, [[0, 1, 2, 0]])
    assert found.labels.dtype == np.uint8
    assert found.sounding == ("dog", "car")


def test_an_event_runs_from_the_start_of_its_first_second_to_the_frame_of_its_last():
    events = prediction_of([], [1], [1], [], [1]).events
    assert [(e.name, e.start_s, e.end_s) for e in events] == [("dog", 1.0, 2.9), ("dog", 4.0, 4.9)]


def test_two_classes_have_events_of_their_own_by_start_and_name():
    events = prediction_of([2], [1, 2], [1]).events
    assert [(e.name, e.start_s, e.end_s) for e in events] == [("car", 0.0, 1.9), ("dog", 1.0, 2.9)]


def test_an_event_scores_the_mean_of_its_masks():
    (event,) = prediction_of([1], [1], scores=(0.5, 0.8)).events
    assert event.score == pytest.approx(0.65)


def test_an_event_of_a_frame_shown_since_long_lasts_its_second():
    frame = FramePrediction(index=0, time_s=0.0, start_s=0.0, size=(1, 4), objects=(sounding(1, [[1, 0, 0, 0]]),))
    (event,) = Prediction(source={}, model={}, settings={}, classes=CLASSES, frames=(frame,)).events
    assert (event.start_s, event.end_s) == (0.0, 1.0)


def test_nothing_sounds_nothing_happens():
    assert prediction_of([], []).events == ()


@pytest.mark.parametrize(("time_s", "index"), [(0.0, 0), (0.4, 0), (1.0, 0), (1.01, 1), (2.0, 1), (2.5, 2), (3.0, 2)])
def test_a_time_has_the_mask_of_the_second_it_lies_in(time_s, index):
    assert prediction_of([], [], []).at(time_s).index == index


@pytest.mark.parametrize("time_s", [-0.1, 3.1, 99, float("nan")])
def test_a_time_outside_the_source_is_refused_with_its_span(time_s):
    with pytest.raises(InputError, match=r"no mask at .* s: the masks are of 0 to 3 s"):
        prediction_of([], [], []).at(time_s)


def test_what_is_left_after_the_last_mask_belongs_to_it():
    prediction = replace(prediction_of([], []), source={"start": 0.5, "duration": 2.0})
    assert prediction.at(2.5).index == 1
    with pytest.raises(InputError, match=r"0 to 2\.5 s"):
        prediction.at(2.6)


def test_a_time_outside_the_part_that_was_segmented_is_refused():
    part = replace(prediction_of([], []), source={"duration": 9.0}, settings={"start": None, "end": 2.5})
    assert part.at(2.5).index == 1
    with pytest.raises(InputError, match=r"the masks are of 0 to 2\.5 s"):
        part.at(4)
    with pytest.raises(InputError, match=r"0 to 1\.9 s|0 to 2 s"):
        replace(part, settings={}, complete=False).at(4)  # it broke off there


@pytest.mark.parametrize("time_s", ["1", None])
def test_a_time_that_is_no_number_is_refused(time_s):
    with pytest.raises(InputError, match=r"time is '?\w+'?; it must be a number of seconds"):
        prediction_of([], []).at(time_s)


def test_a_prediction_is_a_sequence_of_frames():
    prediction = prediction_of([], [1])
    assert len(prediction) == 2
    assert [frame.index for frame in prediction] == [0, 1]
    assert prediction[-1].t == 1.9


def test_frames_out_of_order_are_refused():
    frames = tuple(reversed(prediction_of([], []).frames))
    with pytest.raises(InputError, match="frame 0 has index 1"):
        Prediction(source={}, model={}, settings={}, classes=CLASSES, frames=frames)


def test_classes_without_background_are_refused():
    with pytest.raises(InputError, match="the first must be 'background'"):
        Prediction(source={}, model={}, settings={}, classes=("dog",), frames=())


def test_an_object_of_an_unknown_class_is_refused():
    frame = prediction_of([2])[0]
    with pytest.raises(InputError, match="class 2 'car', which is not in"):
        Prediction(source={}, model={}, settings={}, classes=CLASSES[:2], frames=(frame,))


def test_asking_an_empty_prediction_for_a_time_says_so():
    with pytest.raises(InputError, match=r"no mask at 1\.0 s"):
        prediction_of().at(1.0)


def test_the_silence_test_is_the_share_of_the_area_that_stays():
    heard = sum(o.area for frame in prediction_of([1, 2], [1], [2]) for o in frame.objects)
    test = SilenceTest.compare(heard, prediction_of([1], [], []))
    assert (test.kept_area, test.marked_share, test.names) == (0.25, 1 / 12, ("dog",))


def test_a_model_that_marks_more_in_silence_keeps_everything():
    assert SilenceTest.compare(1, prediction_of([1, 2])).kept_area == 1.0


def test_nothing_marked_at_all_keeps_nothing():
    assert SilenceTest.compare(0, prediction_of([], [])) == SilenceTest(0.0, 0.0, ())
