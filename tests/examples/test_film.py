"""`examples/film.py` moves a camera over a photograph and puts recordings at their times; what it made is right."""

import csv
import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ravs.config.presets import SHIPPED_MODELS
from ravs.inference.segmenter import load
from ravs.media import read_clips, write_wav

EXAMPLES = Path(__file__).parents[2] / "examples"
CREDITS = (EXAMPLES / "CREDITS.md").read_text()


@pytest.fixture(scope="module")
def film():
    spec = importlib.util.spec_from_file_location("film", EXAMPLES / "film.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def model():
    return load()


def parts(film):
    for clip in film.CLIPS.values():
        yield f"photos/{clip.photo}"
        yield from (recording.path for recording in (*clip.recordings, clip.ambient))


def test_the_camera_goes_from_the_first_view_to_the_last_and_shakes_by_less_than_half_a_percent(film):
    clip = film.CLIPS["airplane"]
    for time_s, aim in ((0, clip.first_view), (3, np.mean([clip.first_view, clip.last_view], axis=0))):
        x, y, width = film.view(clip, time_s)
        assert width == pytest.approx(aim[2])
        assert max(abs(x - aim[0]), abs(y - aim[1])) < 0.005 * width
    assert film.view(clip, film.SECONDS)[2] == pytest.approx(clip.last_view[2])


def test_a_frame_shows_the_part_of_the_photograph_in_view_and_no_view_leaves_it(film):
    photo = np.zeros((400, 600, 3), np.uint8)
    photo[:, 300:] = 200
    clip = replace(film.CLIPS["airplane"], first_view=(300, 200, 512), last_view=(300, 200, 512))
    frame = film.draw(photo, clip, 0)
    assert frame.shape == (288, 512, 3)
    assert frame[:, :250].mean() < 3 and frame[:, 262:].mean() == pytest.approx(200, abs=1)
    with pytest.raises(ValueError, match="frame 0 sees beyond"):
        film.draw(photo[:250], clip, 0)


def test_a_recording_plays_from_its_start_to_its_stop_over_an_ambient_sound_that_repeats(film, tmp_path):
    write_wav(tmp_path / "tone.wav", np.full((1, 3 * 32000), 0.5, np.float32), 32000)
    write_wav(tmp_path / "wind.wav", np.full((1, 32000), 0.2, np.float32), 32000)
    recording = film.Recording(path="tone.wav", start_s=2, stop_s=4, gain_db=-6.0206)
    clip = replace(
        film.CLIPS["airplane"], recordings=(recording,), ambient=film.Recording(path="wind.wav", gain_db=-20)
    )
    track = film.mix(clip, tmp_path)
    assert track.shape == (1, 6 * 32000)
    loudness = [track[0, round(time_s * 32000)] for time_s in (0.5, 1.99, 2.01, 3.9, 4.01, 5.5)]
    np.testing.assert_allclose(loudness, [0.02, 0.02, 0.27, 0.27, 0.02, 0.02], atol=1e-3)


def test_every_part_of_the_film_clips_is_credited_and_what_training_had_of_them_is_said(film):
    with (SHIPPED_MODELS / "ravs-film" / "training_parts.csv").open() as file:
        trained = {row["path"] for row in csv.DictReader(file)}
    for part in parts(film):
        row = next(line for line in CREDITS.splitlines() if f"`{part}`" in line)
        photo = part.replace("photos/", "photos/images/")
        assert row.rstrip("| ").endswith("yes" if part in trained or photo in trained else "no"), part


@pytest.mark.parametrize(
    ("name", "start_s", "expected"), [("horses-and-riders", 1, "horse person"), ("airplane", 0, "- airplane")]
)
def test_the_default_model_marks_what_the_first_picture_shows(name, start_s, expected, model):
    prediction = model.segment(EXAMPLES / "film" / f"{name}.mp4", start_s=start_s, end_s=start_s + 2)
    largest = [max(frame.objects, key=lambda found: found.area, default=None) for frame in prediction]
    assert " ".join(found.name if found else "-" for found in largest) == expected


@pytest.mark.parametrize("name", ["horses-and-riders", "airplane"])
def test_a_film_clip_is_small_in_mono_and_lasts_six_seconds(name):
    path = EXAMPLES / "film" / f"{name}.mp4"
    assert path.stat().st_size < 400_000
    clip = next(iter(read_clips(path, window=6)))
    assert clip.waveform.shape[0] == 1 and clip.frames.shape == (6, 288, 512, 3)
