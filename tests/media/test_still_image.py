"""Still images in any container, against Pillow."""

import numpy as np
import pytest
from PIL import Image, ImageOps

from ravs.errors import DecodeError
from ravs.media import probe, read_frames, write_wav
from support.clip_facts import indices_of, joined
from support.tiles import write_grid


@pytest.fixture
def sound(tmp_path, beep):
    write_wav(tmp_path / "sound.wav", beep(3, channels=1), 48000)
    return tmp_path / "sound.wav"


def quarters(height, width):
    """An image whose four quarters differ."""
    image = np.zeros((height, width, 3), np.uint8)
    image[: height // 2, : width // 2], image[: height // 2, width // 2 :] = (200, 30, 30), (30, 180, 30)
    image[height // 2 :, : width // 2], image[height // 2 :, width // 2 :] = (30, 30, 200), (200, 200, 30)
    return image


@pytest.mark.parametrize("name", ["a.avif", "a.gif", "a.ico"])
def test_one_image_is_a_still_whatever_its_container(tmp_path, sound, name):
    Image.fromarray(quarters(48, 64)).save(tmp_path / name)
    clips = joined(tmp_path / name, sound=sound)
    assert indices_of(clips) == [24, 49, 74] and clips[0].times_s.tolist() == [0.96, 1.96, 2.96]
    info = probe(tmp_path / name, sound)
    assert info.is_still and (info.duration_s, info.time_base.denominator) == (3, 25)


@pytest.mark.parametrize("name", ["a.gif", "a.avif"])
def test_an_animated_image_is_a_video(tmp_path, name):
    images = [Image.fromarray(np.full((48, 64, 3), 80 * index, np.uint8)) for index in range(3)]
    images[0].save(tmp_path / name, save_all=True, append_images=images[1:], duration=100)
    assert not probe(tmp_path / name).is_still
    frames = list(read_frames(tmp_path / name))
    assert [float(frame.time_s) for frame in frames] == pytest.approx([0, 0.1, 0.2])
    assert [frame.rgb().mean() for frame in frames] == pytest.approx([0, 80, 160], abs=3)


def test_of_an_icon_the_largest_image_is_read(tmp_path):
    Image.fromarray(quarters(48, 48)).save(tmp_path / "a.ico", sizes=[(16, 16), (48, 48), (32, 32)])
    (frame,) = read_frames(tmp_path / "a.ico")
    np.testing.assert_array_equal(frame.rgb(), quarters(48, 48))


def test_tiles_are_joined(tmp_path, sound):
    image = quarters(128, 192)
    path = write_grid(tmp_path / "a.avif", image, 2, 2)
    (clip,) = joined(path, sound=sound)
    assert clip.frames.shape == (3, 128, 192, 3)
    difference = np.abs(clip.frames[0].astype(int) - image)
    assert difference.mean() < 3
    info = probe(path, sound)
    assert (info.width, info.height, info.is_still, info.duration_s) == (192, 128, True, 3)


def test_tiles_that_cannot_be_joined_are_refused(tmp_path):
    path = write_grid(tmp_path / "a.avif", quarters(128, 192), 2, 2)
    (tmp_path / "a.heic").write_bytes(
        path.read_bytes().replace(b"ftypavif", b"ftypheic").replace(b"avifmif1", b"heicmif1")
    )
    with pytest.raises(DecodeError, match=r"^a.heic: cannot be decoded \(it is made of tiles.*\)\. Convert it to JPEG"):
        joined(tmp_path / "a.heic", mute=True)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_turns_and_mirrors_as_pillow_does(tmp_path, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(quarters(24, 32)).save(tmp_path / "a.png", exif=exif)
    with Image.open(tmp_path / "a.png") as image:
        upright = np.asarray(ImageOps.exif_transpose(image))
    (frame,) = read_frames(tmp_path / "a.png")
    np.testing.assert_array_equal(frame.rgb(), upright)
    assert frame.planes().y.shape == upright.shape[:2]
    info = probe(tmp_path / "a.png")
    assert (info.height, info.width) == upright.shape[:2]
