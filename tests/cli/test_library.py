from ravs.cli.main import main


def test_credits_are_printed(capsys):
    assert main(["library", "credits"]) == 0
    assert capsys.readouterr().out.startswith("# Credits of the library\n\n1164 files")


def test_a_build_without_any_package_reports_it_and_exits_with_one(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["library", "build", str(tmp_path / "library")]) == 1
    output = capsys.readouterr().out
    assert "0 files made, 0 kept" in output
    assert "dpkg-deb is not installed; build on Debian or Ubuntu: 1164 files are left out" in output


def test_credits_of_a_folder_without_a_library_are_refused(capsys, tmp_path):
    assert main(["library", "credits", str(tmp_path)]) == 2
    assert "no such file" in capsys.readouterr().err
