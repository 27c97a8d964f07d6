import json
import subprocess
import sys
from pathlib import Path

import pytest

from ravs.cli.main import main
from ravs.cli.verbs import VERBS
from ravs.version import VERSION

SOURCE = Path(__file__).parents[2] / "src"
NO_HEAVY_IMPORT = (
    "import sys; sys.path.insert(0, {source!r}); from ravs.cli.main import main; code = main({words!r}); "
    "heavy = {{'torch', 'transformers', 'av'}} & set(sys.modules); assert not heavy, heavy; sys.exit(code)"
)


def run_apart(*words):
    """In a process of its own, which fails if it imports what is slow."""
    program = NO_HEAVY_IMPORT.format(source=str(SOURCE), words=list(words))
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--help"], 0),
        (["--version"], 0),
        (["segment", "--help"], 0),
        (["--treshold", "1"], 2),
        (["missing.mp4"], 4),
        (["hello"], 2),
        (["models"], 0),
        (["events", "missing"], 4),
    ],
)
def test_what_needs_no_model_imports_neither_torch_nor_transformers_nor_av(words, code, tmp_path):
    run = run_apart(*words)
    assert run.returncode == code, run.stderr
    assert "Traceback" not in run.stderr


def test_a_finished_run_imports_nothing_heavy_either(ravs, place, model_folder):
    path = place("quiet.mp4", "a.mp4")
    out = str(Path("ravs-out").absolute())
    assert ravs("a.mp4", "-o", out, "-f", "json").code == 0
    run = run_apart(str(path), "-o", out, "-f", "json", "-m", str(model_folder))
    assert run.returncode == 0, run.stderr
    assert "0 done, 1 skipped" in run.stdout


def test_a_dry_run_imports_nothing_heavy_either(place, model_folder):
    path = place("quiet.mp4", "a.mp4")
    run = run_apart(str(path), "-o", "out", "-m", str(model_folder), "--dry-run")
    assert run.returncode == 0, run.stderr
    assert "would run the model" in run.stdout


def test_the_version_is_that_of_the_project(capsys):
    import tomllib

    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"ravs {VERSION}\n"
    assert tomllib.loads((SOURCE.parent / "pyproject.toml").read_text())["project"]["version"] == VERSION


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"]])
def test_help_names_every_verb(words, capsys):
    assert main(words) == 0
    out = capsys.readouterr().out
    assert all(f"\n  {verb} " in out for verb in VERBS)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_every_verb_has_help(verb, option, capsys):
    assert main([verb, option]) == 0
    assert f"Usage: ravs {verb}" in capsys.readouterr().out


def test_subcommands_have_short_help_too(capsys):
    assert main(["datasets", "check", "-h"]) == 0
    assert "Usage: ravs datasets check" in capsys.readouterr().out


def test_help_shows_whole_sentences_in_two_groups(capsys):
    main(["--help"])
    out = capsys.readouterr().out
    assert "..." not in out.split("Options:")[1]
    for_users, for_research = out.split("Commands for research:")
    assert "\n  segment " in for_users and "\n  train " in for_research
    assert " ".join(for_research.split()).endswith(
        "library Build the library of parts for `ravs compose`, and list its authors."
    )


@pytest.mark.parametrize(
    ("words", "verb"),
    [("segment", "segment"), ("datasets check", "datasets check"), ("datasets chek", "datasets"), ("info -x", "info")],
)
def test_a_mistake_names_the_help_of_its_own_verb(words, verb, capsys):
    assert main(words.split()) == 2
    assert capsys.readouterr().err.endswith(f"See: ravs {verb} --help\n")


def test_bash_completes_verbs(monkeypatch, capsys):
    for name, value in {"_RAVS_COMPLETE": "complete_bash", "COMP_WORDS": "ravs seg", "COMP_CWORD": "1"}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as end:
        main([])
    assert end.value.code == 0
    assert capsys.readouterr().out == "segment\n"


def test_a_word_that_names_nothing_is_no_command_and_no_source(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["hello"]) == 2
    assert capsys.readouterr().err.startswith("ravs: no such command 'hello', and no file or folder of that name: ")
    Path("hello").mkdir()
    assert main(["hello"]) == 4  # an empty folder


@pytest.mark.parametrize(("word", "meant"), [("segmnt", "segment"), ("help", "--help"), ("version", "--version")])
def test_a_misspelled_verb_is_no_source(capsys, tmp_path, monkeypatch, word, meant):
    monkeypatch.chdir(tmp_path)
    assert main([word, "a.mp4"]) == 2
    assert capsys.readouterr().err.endswith(f"no file or folder of that name: did you mean '{meant}'?\n")


def test_a_file_named_nearly_like_a_verb_is_a_source(capsys, tmp_path, monkeypatch, model_folder):
    monkeypatch.chdir(tmp_path)
    Path("segmen").write_text("no video")
    assert main(["segmen", "-m", str(model_folder)]) == 1
    assert "segmen: cannot be decoded" in capsys.readouterr().err


def test_a_mistake_has_a_traceback_only_with_v(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["missing.mp4"]) == 4
    with pytest.raises(ValueError, match="no video matches"):
        main(["missing.mp4", "-v"])


def without_extras(*lines):
    """Commands, one after the other in one process, where neither OpenCV nor matplotlib is installed."""
    program = (
        "import json, sys; sys.modules.update(cv2=None, matplotlib=None); from ravs.cli.main import main;"
        "raise SystemExit(max(main(line) for line in json.loads(sys.argv[1])))"
    )
    environment = {"PYTHONPATH": str(SOURCE), "PATH": ""}
    line = [sys.executable, "-c", program, json.dumps(lines)]
    return subprocess.run(line, capture_output=True, text=True, check=False, env=environment)


def test_sets_are_evaluated_checked_and_analyzed_without_extras(model_folder, miniature, tmp_path):
    data = str(miniature("s4", folder=tmp_path / "s4"))
    run = without_extras(
        ["datasets", "check", data],
        ["analyze", data],
        ["evaluate", str(model_folder), data, "--out", str(tmp_path / "out")],
    )
    assert run.returncode == 0, run.stderr


def test_a_missing_extra_is_named_in_one_line(tmp_path):
    run = without_extras(["compose", str(tmp_path / "set"), "--library", str(tmp_path)])
    assert run.returncode == 2
    assert run.stderr == "ravs: this needs cv2, which is not installed: pip install 'ravs[train]'\n"
