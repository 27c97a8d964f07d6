"""The metadata of VPO: which rows are a sample, and problems of rows."""

import pytest

from ravs.data.datasets.check import check_dataset
from ravs.data.datasets.vpo import open_vpo
from ravs.errors import InputError


def faults(root):
    """(file or name, kind, text) of each problem that a check finds."""
    return [(one.path.name, one.kind, one.text) for one in check_dataset(open_vpo(root)).problems]


@pytest.mark.parametrize("part", ["ms", "msmi"])
def test_a_duplicate_row_is_mixed_once_and_reported(miniature, part):
    root = miniature("vpo")
    table = root / f"VPO/VPO-{part.upper()}/vpo_{part}_data_stereo.csv"
    before = open_vpo(root).select(subset=f"VPO-{part.upper()}")
    table.write_text(table.read_text() + table.read_text().splitlines()[1] + "\n")
    opened = open_vpo(root)
    assert opened.select(subset=f"VPO-{part.upper()}") == before
    assert opened.duplicate_names == (f"VPO-{part.upper()}/{9:012d}",)
    assert faults(root) == [(f"{9:012d}", "twice", "in the metadata more than once")]


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("0.25,train", ",train", "audio_pos is empty, so that a recording is at full level in both channels"),
        ("0.25,train", "0.25,val", "rows of one image in test and train; the first counts"),
        ("car,3", "bicycle,2", "cateName 'bicycle', cateId '2' is no class of this set"),
    ],
)
def test_rows_that_do_not_fit_are_reported_with_their_image(miniature, old, new, text):
    root = miniature("vpo")
    assert faults(root) == []
    table = root / "VPO/VPO-MS/vpo_ms_data_stereo.csv"
    assert old in table.read_text()
    table.write_text(table.read_text().replace(old, new))
    ((name, kind, words),) = faults(root)
    image = f"{9:012d}" if "rows" in text else "9"
    assert (name, kind, words) == (table.name, "metadata", f"{text} (image {image})")


def test_vpo_msmi_uses_images_of_vpo_ms_if_multi_instance_is_not_set(miniature):
    root = miniature("vpo")
    for opened in (open_vpo(root), open_vpo(root / "VPO/VPO-MSMI")):
        borrowed, own = opened.select(subset="VPO-MSMI")
        assert borrowed.frames[0] == root / f"VPO/VPO-MS/data/{9:012d}.jpg"
        assert borrowed.masks[0] == root / f"VPO/VPO-MS/mask/{9:012d}.png"
        assert own.frames[0].parent == root / "VPO/VPO-MSMI/data" and own.masks[0].parent.parent.name == "VPO-MSMI"
        assert [opened.read(entry).frames.flat[0] for entry in (borrowed, own)] == [90, 100]


@pytest.mark.parametrize("unset", ["", "no", "No", "0.0", "FALSE"])
def test_multi_instance_is_not_set_in_every_spelling(miniature, unset):
    root = miniature("vpo")
    table = root / "VPO/VPO-MSMI/vpo_msmi_data_stereo.csv"
    table.write_text(table.read_text().replace(",train,0", f",train,{unset}"))
    borrowed, own = open_vpo(root).select(subset="VPO-MSMI")
    assert borrowed.frames[0].parent.parent.name == "VPO-MS" and own.frames[0].parent.parent.name == "VPO-MSMI"


def test_without_multi_instance_every_image_is_the_subsets_own(miniature):
    root = miniature("vpo")
    table = root / "VPO/VPO-MSMI/vpo_msmi_data_stereo.csv"
    table.write_text(table.read_text().replace("multi_instance", "other"))
    opened = open_vpo(root).select(subset="VPO-MSMI")
    assert {entry.frames[0].parent.parent.name for entry in opened} == {"VPO-MSMI"}


def test_an_unknown_name_is_replaced_by_the_class_of_its_category(miniature):
    root = miniature("vpo")
    table = root / "VPO/VPO-MS/vpo_ms_data_stereo.csv"
    table.write_text(table.read_text().replace("car,3", "person,92.0"))
    assert open_vpo(root / "VPO/VPO-MS").entries[0].sounding == ("male", "airplane")


def test_an_object_with_two_recordings_is_two_samples(miniature):
    root = miniature("vpo")
    table = root / "VPO/VPO-SS/vpo_ss_data_stereo.csv"
    table.write_text(table.read_text() + table.read_text().splitlines()[1] + "\n")
    names = [entry.name for entry in open_vpo(root / "VPO/VPO-SS").entries]
    assert len(set(names)) == 4 and names[-1] == f"VPO-SS/{7:012d}_{71:012d}_2"


def test_a_position_outside_0_to_1_is_refused(miniature):
    root = miniature("vpo")
    table = root / "VPO/VPO-MS/vpo_ms_data_stereo.csv"
    for position in ("1.5", "left", "nan"):
        table.write_text(table.read_text().replace(",0.25,", f",{position},"))
        with pytest.raises(InputError, match=f"vpo_ms_data_stereo.csv: audio_pos '{position}' of image 9"):
            open_vpo(root)
        table.write_text(table.read_text().replace(f",{position},", ",0.25,"))
