"""`scripts/train_film_model.py` hands on what it is given."""

from pathlib import Path

import pytest

from ravs.errors import InputError
from support.scripts import load_script


@pytest.fixture(scope="module")
def script():
    return load_script("train_film_model")


def test_the_command_line_becomes_settings_and_folders(script, monkeypatch, capsys):
    given = {}

    def train(out, library, photos, settings, **others):
        given.update(others, out=out, library=library, photos=photos, settings=settings)
        return out / "model"

    monkeypatch.setattr(script, "train_film_model", train)
    script.main(Path("library"), Path("photos"), Path("out"), ["seed=2"])
    assert (given["out"], given["library"], given["photos"]) == (Path("out"), Path("library"), Path("photos"))
    assert given["settings"].seed == 2
    assert given["held_out"].name == "held_out.csv" and given["held_out"].exists()
    assert capsys.readouterr().out == f"{Path('out/model')}\n"


def test_a_wrong_key_stops_it_before_anything_is_written(script, tmp_path):
    with pytest.raises(InputError, match="unknown key"):
        script.main(tmp_path, tmp_path, tmp_path / "out", ["sead=2"])
    assert not (tmp_path / "out").exists()
