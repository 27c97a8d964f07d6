"""One sample as a image."""

import numpy as np
import pytest
from PIL import Image

from ravs.data.datasets.find_dataset import find_dataset
from ravs.errors import InputError
from ravs.visualization.dataset_sample import STRIPES, band_of, color_mask, log_mel, overlay_mask, show_sample


@pytest.mark.parametrize(("name", "width"), [("s4", 950), ("avss", 1900), ("vpo", 600)])
def test_the_image_has_a_column_for_each_second_and_room_for_its_title(miniature, tmp_path, name, width):
    out = tmp_path / "drawn.png"
    opened = find_dataset(miniature(name))
    index = len(opened.select()) - 1  # of AVSS one of ten seconds
    assert show_sample(opened, out, index=index) == out
    with Image.open(out) as image:
        assert image.width == width and 600 < image.height < 800
        assert len(image.convert("RGB").getcolors(1 << 24)) > 50  # a spectrogram, letters, masks


def test_without_a_name_the_image_is_called_after_folder_split_and_index(miniature, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    root = miniature("s4", folder=tmp_path / "set")
    assert str(show_sample(find_dataset(root), None, split="val", index=0)) == "set-val-0.png"
    assert (tmp_path / "set-val-0.png").is_file()


def test_val_of_vpo_is_its_test(miniature, tmp_path):
    opened = find_dataset(miniature("vpo"))
    assert show_sample(opened, tmp_path / "val.png", split="val").is_file()


def test_a_silent_sample_is_drawn(miniature, miniatures, tmp_path):
    opened = find_dataset(miniature("ms3"))
    miniatures.save_audio(opened.select("val")[0].sources[0].path, 0)
    assert show_sample(opened, tmp_path / "silent.png", split="val").is_file()


def test_an_index_that_is_not_there_is_refused_with_how_many_there_are(miniature, tmp_path):
    opened = find_dataset(miniature("s4"))
    with pytest.raises(InputError, match=r"--index 3: the set of .* has 3, from 0 to 2"):
        show_sample(opened, tmp_path / "a.png", index=3)
    with pytest.raises(InputError, match=r"--index -1: val of .* has 1, from 0 to 0"):
        show_sample(opened, tmp_path / "a.png", split="val", index=-1)
    assert not (tmp_path / "a.png").exists()


def test_a_file_that_is_no_image_is_refused_before_anything_is_read(miniature, tmp_path):
    root = miniature("s4")
    next(root.rglob("*.wav")).unlink()
    with pytest.raises(InputError, match=r"a\.txt: a chart ends in"):
        show_sample(find_dataset(root), tmp_path / "a.txt")


def test_masks_have_the_color_of_their_class_and_stripes_where_nothing_is_known():
    mask = np.zeros((48, 48), np.uint8)
    mask[:, 10:20], mask[:, 20:] = 3, 255
    image = color_mask(mask)
    assert (image[:, :10] == 0).all() and (image[:, 10:20] == (128, 128, 0)).all()
    assert {tuple(color) for color in image[:, 20:].reshape(-1, 3).tolist()} == set(STRIPES)


def test_a_frame_is_tinted_where_a_class_is_and_nowhere_else():
    frame = np.full((4, 4, 3), 100, np.uint8)
    mask = np.array([[0, 1, 255, 2]] * 4, np.uint8)
    tinted = overlay_mask(frame, mask)
    assert (tinted[:, [0, 2]] == 100).all()
    assert tinted[0, 1].tolist() == [115, 45, 45]  # 0.45 * 100 + 0.55 * (128, 0, 0), rounded
    assert tinted[0, 3].tolist() == [45, 115, 45]


@pytest.mark.parametrize("hertz", [500, 1000, 4000])
@pytest.mark.parametrize("rate_hz", [16000, 32000])
def test_a_tone_lies_in_the_band_that_is_marked_with_its_frequency(hertz, rate_hz):
    wave = 0.5 * np.sin(2 * np.pi * hertz * np.arange(2 * rate_hz) / rate_hz)
    image = log_mel(np.stack([wave, wave]).astype(np.float32), rate_hz)
    assert image.shape == (64, 198)  # windows of 25 ms every 10 ms
    assert abs(image.mean(axis=1).argmax() + 0.5 - band_of(hertz)) <= 1
