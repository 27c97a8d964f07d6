from ravs.cli.main import main


def test_credits_are_printed(capsys):
    assert main(["library", "credits"]) == 0
    assert capsys.readouterr().out.startswith("# Credits of the library\n\n1164 files")


def test_building_where_nothing_can_be_had_says_so_and_ends_with_one(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["library", "build", str(tmp_path / "library")]) == 1
    said = capsys.readouterr().out
    assert "0 files made, 0 were there" in said
    assert "dpkg-deb is not here; build on Debian or Ubuntu: 1164 files are left out" in said


def test_credits_of_no_library_are_a_mistake(capsys, tmp_path):
    assert main(["library", "credits", str(tmp_path)]) == 2
    assert "no such file" in capsys.readouterr().err
