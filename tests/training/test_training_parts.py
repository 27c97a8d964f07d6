"""training_parts.csv."""

from ravs.data.composition.film.photographs import Photos
from ravs.training.training_parts import write_training_parts
from support.photographs import write_photographs


def test_a_library_alone_has_the_columns_of_its_manifest(library, tmp_path):
    write_training_parts(tmp_path / "parts.csv", library)
    head, *rows = (tmp_path / "parts.csv").read_text().splitlines()
    assert head == "path,class_name,licence,author,package"
    assert "sounds/bell/train1.wav,bell,GPL-2+,nobody,none" in rows
    paths = [row.partition(",")[0] for row in rows]
    assert paths == sorted(paths)
    parts = [*library.ambient, *library.backgrounds]
    parts += [part for group in (library.cutouts, library.sounds) for found in group.values() for part in found]
    assert set(paths) == {part.path for part in parts}


def test_photographs_have_their_license_and_address(library, tmp_path):
    photos = Photos.read(write_photographs(tmp_path / "coco"))
    write_training_parts(tmp_path / "parts.csv", library, photos)
    head, *rows = (tmp_path / "parts.csv").read_text().splitlines()
    assert head.endswith(",package,address")
    assert rows[-1] == "images/3.png,,CC BY 2.0,,,http://flickr.example/3"
