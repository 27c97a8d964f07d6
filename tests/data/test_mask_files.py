"""Masks are read through a table of values, without the errors of the field's loaders."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import ravs
from ravs.config.labels import AVSS_CLASSES
from ravs.data.datasets.constants import VPO_VALUES
from ravs.data.mask_files import describe_mask_format, label_table, read_binary, read_image, read_labels, resize_labels
from ravs.errors import DecodeError, InputError
from ravs.structures.palette import voc_color

VPO = label_table({value: index for index, value in enumerate(VPO_VALUES.values())})
AVSS = label_table({index: index for index in range(71)})


@pytest.mark.parametrize("mode", ["P", "L", "RGB"])
def test_cars_stay_cars_beside_airplanes_though_their_numbers_change_to_each_others(tmp_path, miniatures, mode):
    miniatures.save_mask(tmp_path / "m.png", miniatures.quarters(3, 5, 0, 255), mode)
    wanted = miniatures.quarters(5, 1, 0, 255)  # car 3 -> 5, airplane 5 -> 1
    np.testing.assert_array_equal(read_labels(tmp_path / "m.png", VPO), wanted)


def test_every_category_of_vpo_reads_as_its_own_place(tmp_path, miniatures):
    values = np.array([list(VPO_VALUES.values())], np.uint8)
    miniatures.save_mask(tmp_path / "m.png", values, "L")
    np.testing.assert_array_equal(read_labels(tmp_path / "m.png", VPO), [np.arange(22)])


@pytest.mark.parametrize("mode", ["P", "L", "RGB"])
def test_the_last_class_is_no_background(tmp_path, miniatures, mode):
    miniatures.save_mask(tmp_path / "m.png", np.arange(71, dtype=np.uint8)[None], mode)
    labels = read_labels(tmp_path / "m.png", AVSS)
    np.testing.assert_array_equal(labels, [np.arange(71)])
    assert AVSS_CLASSES[labels[0, -1]] == "woman" and AVSS_CLASSES[labels[0, 0]] == "background"


def test_all_256_colors_of_the_palette_are_distinguished(tmp_path, miniatures):
    everything = label_table({index: index for index in range(256)})
    miniatures.save_mask(tmp_path / "m.png", np.arange(256, dtype=np.uint8).reshape(16, 16), "RGB")
    np.testing.assert_array_equal(read_labels(tmp_path / "m.png", everything).ravel(), np.arange(256))


def test_colors_outside_the_palette_are_all_refused(tmp_path):
    generator = np.random.default_rng(0)
    palette = {voc_color(index) for index in range(256)}
    near = [tuple(int(part) for part in generator.choice([0, 32, 64, 127, 128, 192, 255], 3)) for _ in range(100)]
    for color in set(near) - palette:
        Image.new("RGB", (2, 1), color).save(tmp_path / "m.png")
        with pytest.raises(InputError, match=rf"m\.png holds color {color}".replace("(", r"\(").replace(")", r"\)")):
            read_labels(tmp_path / "m.png", label_table({index: index for index in range(256)}))


def test_a_value_that_is_no_class_is_refused_with_file_and_value(tmp_path, miniatures):
    miniatures.save_mask(tmp_path / "gray.png", miniatures.quarters(0, 71, 0, 0), "L")
    with pytest.raises(InputError, match=r"gray\.png \(8-bit gray\) holds value 71, .* 0 … 70, 255"):
        read_labels(tmp_path / "gray.png", AVSS)
    miniatures.save_mask(tmp_path / "color.png", miniatures.quarters(0, 71, 0, 0), "RGB")
    with pytest.raises(InputError, match=r"color\.png .* holds color \(160, 128, 128\) of index 71"):
        read_labels(tmp_path / "color.png", AVSS)
    miniatures.save_mask(tmp_path / "vpo.png", miniatures.quarters(0, 1, 0, 0), "L")
    with pytest.raises(InputError, match=r"vpo\.png .* holds value 1, .* 0, 3, 4, 5, 6, 16"):
        read_labels(tmp_path / "vpo.png", VPO)


def test_an_indexed_mask_with_another_palette_is_read_by_color_if_asked(tmp_path):
    image = Image.new("P", (2, 1), 0)
    image.putpalette([*voc_color(17), *voc_color(0)])  # index 0 is painted as a dog
    image.putpixel((1, 0), 1)
    image.save(tmp_path / "m.png")
    np.testing.assert_array_equal(read_labels(tmp_path / "m.png", AVSS, by_color=True), [[17, 0]])
    np.testing.assert_array_equal(read_labels(tmp_path / "m.png", AVSS), [[0, 1]])


def test_gray_labels_are_read_by_value_even_if_color_is_asked(tmp_path, miniatures):
    miniatures.save_mask(tmp_path / "m.png", miniatures.quarters(0, 17, 70, 1), "L")
    labels = read_labels(tmp_path / "m.png", AVSS, by_color=True)
    np.testing.assert_array_equal(labels, miniatures.quarters(0, 17, 70, 1))


@pytest.mark.parametrize(
    ("mode", "kind"), [("1", "1-bit"), ("L", "8-bit gray"), ("P", "8-bit index"), ("RGB", "color")]
)
@pytest.mark.parametrize("value", [1, 255])
def test_a_binary_mask_is_sounding_wherever_it_is_above_zero(tmp_path, miniatures, mode, kind, value):
    miniatures.save_mask(tmp_path / "m.png", miniatures.quarters(0, value, value, 0), mode)
    np.testing.assert_array_equal(read_binary(tmp_path / "m.png"), miniatures.quarters(0, 1, 1, 0))
    assert describe_mask_format(tmp_path / "m.png") == kind


def test_a_binary_mask_painted_blue_is_sounding_too(tmp_path):
    Image.new("RGBA", (3, 2), (0, 0, 1, 0)).save(tmp_path / "m.png")
    assert read_binary(tmp_path / "m.png").tolist() == [[1, 1, 1], [1, 1, 1]]


def test_resizing_a_mask_neither_widens_it_nor_adds_classes():
    labels = np.zeros((20, 24), np.uint8)
    labels[7, 5:9], labels[11:, 12] = 70, 17
    small = resize_labels(labels, (10, 12))
    np.testing.assert_array_equal(small, labels[1::2, 1::2])  # the pixel whose center is nearest
    large = resize_labels(labels, (60, 72))
    np.testing.assert_array_equal(large, labels.repeat(3, axis=0).repeat(3, axis=1))
    assert resize_labels(labels, (20, 24)) is labels


def test_sounding_pixels_in_a_resized_mask_are_no_wider_than_its_classes(tmp_path, miniatures):
    labels = np.zeros((40, 40), np.uint8)
    labels[3:32, 9], labels[20, 4:30] = 70, 1  # lines of one pixel, which a blend of colors would widen to two
    miniatures.save_mask(tmp_path / "m.png", labels, "RGB")
    sounding = read_binary(tmp_path / "m.png")
    np.testing.assert_array_equal(sounding, labels > 0)
    np.testing.assert_array_equal(resize_labels(sounding, (30, 30)), resize_labels(labels, (30, 30)) > 0)
    blended = Image.open(tmp_path / "m.png").resize((30, 30), Image.Resampling.BILINEAR).convert("L")
    assert resize_labels(sounding, (30, 30)).sum() < (np.array(blended) > 0).sum()


def test_missing_and_broken_images_are_named(tmp_path, miniatures):
    with pytest.raises(InputError, match=r"none\.png is missing"):
        read_binary(tmp_path / "none.png")
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "whole.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "whole.png").read_bytes()[:3000])
    (tmp_path / "text.png").write_text("no picture")
    for name in ("cut.png", "text.png"):
        with pytest.raises(DecodeError, match=rf"{name} cannot be decoded as an image"):
            read_image(tmp_path / name)


def test_images_of_16_bits_are_no_masks(tmp_path):
    Image.fromarray(np.ones((2, 2), np.uint16)).save(tmp_path / "m.png")
    with pytest.raises(InputError, match=r"m\.png has pixels of mode I;16: a mask is 8-bit"):
        read_binary(tmp_path / "m.png")


def test_reading_data_sets_needs_no_torch():
    modules = "ravs.data.datasets.find_dataset, ravs.data.mask_files, ravs.data.datasets.vpo"
    code = f"import sys, {modules}; assert not {{'torch', 'cv2'}} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": str(Path(ravs.__file__).parents[1])})
