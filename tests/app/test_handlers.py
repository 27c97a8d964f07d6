import json

import pytest

from ravs.app.example_clips import EXAMPLES, example_clip
from ravs.app.handlers import Handlers
from ravs.errors import InputError
from ravs.media import has_video
from ravs.structures.json_document import document_json
from support.audio_gated_model import segmenter


@pytest.fixture
def handlers(model, visits):
    return Handlers(model, visits)


def no_progress(*_):
    pass


def test_a_video_that_is_loaded_is_shown(handlers, loud_at_first):
    view = handlers.load("ann", loud_at_first, no_progress)
    assert view["token"] == handlers.visits.of("ann").token
    assert [mask["names"] for mask in view["masks"]] == [["dog"], [], []]


def test_sliders_act_without_the_model(handlers, loud_at_first):
    view = handlers.load("ann", loud_at_first, no_progress)
    handlers.model.segmenter = None
    rendered = handlers.rerender({"token": view["token"], "threshold": "0.95", "min_area": 0})
    assert (rendered["threshold"], rendered["events"]) == (0.95, [])


@pytest.mark.parametrize("choices", [{}, [], None, {"token": "x", "threshold": 0.5, "min_area": 0}])
def test_whatever_a_browser_sends_gets_an_answer(handlers, choices):
    assert set(handlers.rerender(choices)) == {"error"}


@pytest.mark.parametrize("value", ["high", None, [], float("nan"), 7])
def test_settings_that_are_none_are_refused(handlers, loud_at_first, value):
    view = handlers.load("ann", loud_at_first, no_progress)
    assert set(handlers.rerender({"token": view["token"], "threshold": value, "min_area": 0})) == {"error"}


def test_the_listening_test_needs_a_video(handlers):
    with pytest.raises(InputError, match="load it again"):
        handlers.listen("ann", "mute", None, no_progress)


def test_the_listening_test_shows_both(handlers, loud_at_first):
    handlers.load("ann", loud_at_first, no_progress)
    view = handlers.listen("ann", "late", None, no_progress)
    assert [mask["names"] for mask in view["masks"]] == [["dog"], [], []]
    assert [mask["names"] for mask in view["changed"]["masks"]] == [[], ["dog"], []]


def test_programs_get_the_document_and_leave_nothing(handlers, loud_at_first):
    document = json.loads(handlers.document(loud_at_first, no_progress))
    expected = json.loads(document_json(segmenter().segment(loud_at_first)))
    assert document["events"] == expected["events"]
    assert document["frames"] == expected["frames"]
    assert list(handlers.visits.root.iterdir()) == []


@pytest.mark.parametrize("title", EXAMPLES)
def test_each_example_is_there_and_has_a_picture(title):
    assert has_video(example_clip(title))


def test_an_example_can_be_loaded_and_another_name_not(handlers):
    assert len(handlers.load_example("ann", "An airplane", no_progress)["masks"]) == 4  # of the seconds it takes
    with pytest.raises(InputError, match="examples are Horses, then a voice"):
        handlers.load_example("ann", "../secret", no_progress)
