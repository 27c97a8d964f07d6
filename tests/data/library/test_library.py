import pickle

import numpy as np
import pytest

from ravs.data.library.library import Library
from ravs.errors import InputError


def test_masks_number_the_classes_from_one_in_their_order(library):
    assert library.classes == ("bell", "horn", "drum", "whistle")
    assert [library.index_of(name) for name in ("bell", "whistle", "kettle")] == [1, 4, 0]


def test_only_the_manifest_decides_what_is_in_the_library(library_root):
    stray = library_root / "cutouts" / "bell" / "stray.png"
    stray.write_bytes((library_root / "cutouts" / "bell" / "train.png").read_bytes())
    paths = [part.path for part in Library.read(library_root).cutouts["bell"]]
    stray.unlink()
    assert paths == ["cutouts/bell/train.png"]


def test_a_split_holds_its_own_parts_only(library_root):
    val = Library.read(library_root, "val")
    parts = [part for group in val.sounds.values() for part in group] + [*val.ambient, *val.backgrounds]
    assert {part.split for part in parts} == {"val"}


def test_held_out_parts_are_left_out(library_root, tmp_path):
    listed = tmp_path / "held_out.csv"
    listed.write_text("path\nsounds/bell/train1.wav\nbackgrounds/train60.jpg\n")
    library = Library.read(library_root, held_out=listed)
    assert [part.path for part in library.sounds["bell"]] == ["sounds/bell/train0.wav", "sounds/bell/train2.wav"]
    assert [part.path for part in library.backgrounds] == ["backgrounds/train180.jpg"]


def test_permissive_keeps_public_domain_cc0_and_cc_by_but_not_share_alike(library_root):
    library = Library.read(library_root, permissive=True)
    assert [part.path for part in library.sounds["bell"]] == ["sounds/bell/train0.wav"]
    assert library.ambient == ()
    assert len(library.backgrounds) == 2


def test_extras_are_every_other_class_and_have_no_index(library_root):
    library = Library.read(library_root, classes="drum,bell", extras=True)
    assert library.classes == ("drum", "bell")
    assert library.extras == ("horn", "whistle", "kettle")
    assert library.index_of("bell") == 2
    assert set(library.cutouts) == {"drum", "bell", "horn", "whistle", "kettle"}


def test_a_missing_library_says_how_to_name_it(tmp_path):
    with pytest.raises(InputError, match=r"classes\.csv: no such file; .*--library DIR"):
        Library.read(tmp_path / "nowhere")


def test_an_unknown_class_is_named_with_those_that_exist(library_root):
    with pytest.raises(InputError, match=r"no class 'gong' in the library; its classes are bell, horn"):
        Library.read(library_root, classes="bell,gong")


def test_an_unknown_split_is_an_error_that_names_the_splits(library_root):
    with pytest.raises(InputError, match=r"'test' is left; splits are train and val"):
        Library.read(library_root, "test")


def test_sounds_loaded_at_once_equal_sounds_read_one_by_one(library, library_root, tmp_path):
    at_once = Library.read(library_root)
    at_once.load_sounds(tmp_path)
    for part in [*library.sounds["bell"], *library.ambient]:
        np.testing.assert_array_equal(at_once.sound(part.path), library.sound(part.path))


def test_sounds_are_decoded_once_and_then_read_from_the_cache(library_root, tmp_path):
    calls = []
    for _ in range(2):
        Library.read(library_root).load_sounds(tmp_path, progress=lambda done, total: calls.append((done, total)))
    assert calls == [(done, 9) for done in range(1, 10)]  # eight recordings, one ambient sound, once


def test_a_library_sent_to_another_process_still_has_its_sounds(library_root, tmp_path):
    library = Library.read(library_root)
    library.load_sounds(tmp_path)
    sent = pickle.loads(pickle.dumps(library))
    np.testing.assert_array_equal(sent.sound("sounds/horn/train0.wav"), library.sound("sounds/horn/train0.wav"))


def test_cutouts_have_channels_in_rgba_order(library):
    assert library.cutout("cutouts/bell/train.png")[20, 30].tolist() == [90, 255, 0, 255]


@pytest.mark.parametrize("path", ["../outside.png", "a/../../outside.png", "/outside.png"])
def test_parts_outside_of_the_library_are_refused(library_root, tmp_path, path):
    for name in ("manifest.csv", "classes.csv"):
        text = (library_root / name).read_text()
        (tmp_path / name).write_text(text.replace("cutouts/bell/train.png", path, 1))
    with pytest.raises(InputError, match=f"manifest.csv names '{path}', which leads out of the library"):
        Library.read(tmp_path)


def test_a_part_that_is_missing_is_said_once(library_root, tmp_path, capfd):
    for name in ("manifest.csv", "classes.csv"):
        (tmp_path / name).write_text((library_root / name).read_text())
    with pytest.raises(InputError, match="no such image, though the manifest names it"):
        Library.read(tmp_path).cutout("cutouts/bell/train.png")
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"path,kind\na.png,cutout\n", "row 1 has no class, split; name the folder"),
        (b"path,kind,class,split\na.png,cutout\n", "row 1 has no class, split"),
        (b"\xff\xfe\x00", "cannot be read as CSV"),
    ],
)
def test_a_manifest_that_is_damaged_is_refused_by_its_row(library_root, tmp_path, text, message):
    (tmp_path / "classes.csv").write_text((library_root / "classes.csv").read_text())
    (tmp_path / "manifest.csv").write_bytes(text)
    with pytest.raises(InputError, match=f"manifest.csv: {message}"):
        Library.read(tmp_path)
