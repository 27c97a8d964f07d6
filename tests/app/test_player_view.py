import json
from base64 import b64decode
from io import BytesIO

import numpy as np
from PIL import Image

from ravs.app.player_view import MASK_SIDE, WAVEFORM_COLUMNS, player_view, rendered_view, small_mask
from ravs.inference.outputs.overlay.style import overlay_color
from ravs.structures.palette import hex_color
from ravs.structures.prediction import FramePrediction, SoundingObject
from ravs.structures.rle import encode_mask


def image_of(text):
    return Image.open(BytesIO(b64decode(text)))


def test_the_view_is_plain_values_that_a_browser_can_read(visit):
    view = json.loads(json.dumps(player_view(visit)))
    assert (view["address"], view["name"], view["size"]) == (f"/visit/{visit.token}", "my street.mp4", [64, 48])
    assert view["summary"].startswith("dog 0:00–0:01")
    assert [mask["names"] for mask in view["masks"]] == [["dog"], [], []]
    assert view["changed"] is None


def test_masks_have_the_palettes_colors_and_silent_ones_no_picture(visit):
    masks = player_view(visit)["masks"]
    pixels = np.asarray(image_of(masks[0]["png"]).convert("RGB"))
    dog = tuple(int(hex_color(1)[at : at + 2], 16) for at in (1, 3, 5))
    assert pixels.shape == (48, 64, 3)
    assert (pixels[:, :32] == dog).all() and not pixels[:, 32:].any()
    assert [mask["png"] for mask in masks[1:]] == [None, None]


def test_times_are_those_of_the_masks_and_bars_those_of_the_events(visit):
    view = player_view(visit)
    assert [mask["time_s"] for mask in view["masks"]] == [frame.time_s for frame in visit.prediction]
    (event,) = visit.prediction.events
    assert view["events"] == [
        {"class": 1, "start_s": event.start_s, "end_s": event.end_s, "score": round(event.score, 3)}
    ]


def test_each_class_has_the_color_of_its_mask_and_that_of_the_overlay(visit):
    dog = player_view(visit)["classes"][1]
    color = "#{:02x}{:02x}{:02x}".format(*overlay_color(1))
    assert dog == {"mask": hex_color(1), "color": color, "name": "dog"}


def test_the_waveform_is_loud_where_the_sound_is(visit):
    peaks = player_view(visit)["waveform"]
    assert len(peaks) == WAVEFORM_COLUMNS
    third = WAVEFORM_COLUMNS // 3
    assert max(peaks[: third - 5]) == 1 and max(peaks[third + 15 :]) < 0.05


def test_uncertainty_is_a_colored_picture_for_each_mask(visit):
    images = player_view(visit)["uncertainty"]
    assert len(images) == 3
    assert image_of(images[0]).mode == "RGBA"
    assert image_of(images[0]).size == visit.prediction[0].uncertainty_map.shape[::-1]


def test_the_changed_sound_has_masks_and_events_beside(visit, model):
    model.listen(visit, "late", None, lambda *_: None)
    changed = rendered_view(visit)["changed"]
    assert changed["title"] == "One second late"
    assert [mask["names"] for mask in changed["masks"]] == [[], ["dog"], []]
    assert changed["text"].startswith("marked 100%")


def test_large_masks_are_shown_small_with_their_labels():
    labels = np.zeros((720, 1280), bool)
    labels[:360] = True
    dog = SoundingObject(
        class_id=5, name="dog", score=1, uncertainty=0, area=1, bbox=(0, 0, 1, 1), rle=encode_mask(labels)
    )
    frame = FramePrediction(index=0, time_s=1, start_s=0, size=(720, 1280), objects=(dog,))
    small = np.asarray(image_of(small_mask(frame)))
    assert small.shape == (360, MASK_SIDE)
    assert (small[:180] == 5).all() and not small[180:].any()
