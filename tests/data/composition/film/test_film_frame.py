from dataclasses import replace

import numpy as np
import pytest

from ravs.data.composition.film import film_frame
from ravs.data.composition.film.film_frame import KINDS, FilmObject, draw_frame
from ravs.data.composition.film.film_settings import FilmSettings
from ravs.data.composition.film.photographs import IGNORED, Photos
from ravs.errors import InputError

WHOLE = FilmSettings(bars=0.0, photographic_ground=0.0)


@pytest.mark.parametrize("kind", [None, *KINDS])
def test_equal_generators_give_equal_frames(film_library, photos, kind):
    first, again, other = (
        draw_frame(film_library, photos, np.random.default_rng(seed), 80, kind) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first.image, again.image)
    np.testing.assert_array_equal(first.instances, again.instances)
    assert first.objects == again.objects
    assert (first.image != other.image).any()


@pytest.mark.parametrize("kind", ["pasted", "flock", "held"])
def test_a_pixel_belongs_to_the_topmost_cutout_with_alpha_above_a_half(film_library, photos, kind, monkeypatch):
    pasted = []

    def record(*arguments):
        pasted.append(film_frame_paste(*arguments))
        return pasted[-1]

    film_frame_paste = film_frame.paste
    monkeypatch.setattr(film_frame, "paste", record)
    frame = draw_frame(film_library, photos, np.random.default_rng(4), 60, kind, WHOLE)
    expected = np.zeros((60, 60), np.uint8)
    for row in range(60):
        for column in range(60):
            for number, (rows, columns, alpha) in enumerate(pasted, start=1):
                if row in range(rows.start, rows.stop) and column in range(columns.start, columns.stop):
                    inside = alpha[row - rows.start, column - columns.start] > 0.5
                    expected[row, column] = number if inside else expected[row, column]
    assert any(np.array_equal(frame.instances, seen) for seen in (expected, expected[:, ::-1]))
    assert len(frame.objects) == expected.max() > 0


def test_every_object_has_a_pixel_and_every_number_an_object(film_library, photos):
    for seed in range(60):
        frame = draw_frame(film_library, photos, np.random.default_rng(seed), 48)
        numbers = set(np.unique(frame.instances).tolist()) - {0, IGNORED}
        assert numbers == set(range(1, len(frame.objects) + 1))
        assert (frame.image.shape, frame.instances.shape) == ((48, 48, 3), (48, 48))


def test_objects_say_where_they_come_from(film_library, photos):
    settings = replace(WHOLE, photographic_ground=1.0)
    frames = [draw_frame(film_library, photos, np.random.default_rng(s), 48, "pasted", settings) for s in range(20)]
    found = {obj for frame in frames for obj in frame.objects}
    assert FilmObject("sheep", "sheep.png", natural=False) in found
    assert FilmObject("truck_bus", "0.png", natural=True) in found
    assert {obj.natural for obj in found if obj.source.endswith("guitar.png")} == {False}
    assert any((frame.instances == IGNORED).any() for frame in frames)  # the bird stays unknown


def test_a_frame_of_training_shows_no_photograph_of_validation(film_library, photos_root):
    frames = [
        draw_frame(film_library, Photos.read(photos_root), np.random.default_rng(s), 32, "photograph")
        for s in range(40)
    ]
    assert {obj.source for frame in frames for obj in frame.objects} == {"0.png", "1.png", "3.png"}


def test_kinds_come_in_the_shares_of_the_settings(film_library, photos):
    frames = [draw_frame(film_library, photos, np.random.default_rng(seed), 32) for seed in range(300)]
    natural = [all(obj.natural for obj in frame.objects) for frame in frames]
    flocks = [sum(not obj.natural for obj in frame.objects) > 3 for frame in frames]
    assert np.mean(natural) == pytest.approx(0.40, abs=0.09)
    assert np.mean(flocks) == pytest.approx(0.6 * 0.12, abs=0.04)


def test_an_unknown_kind_is_refused(film_library, photos):
    with pytest.raises(InputError, match=r"no kind 'flok' of frame; kinds are photograph, pasted, flock, held"):
        draw_frame(film_library, photos, np.random.default_rng(0), 32, "flok")
