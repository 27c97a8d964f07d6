"""`ravs evaluate` and `ravs compare` as a user calls them."""

import json

import pytest

from ravs.cli.main import main


@pytest.fixture
def data(miniature, tmp_path):
    return str(miniature("ms3", folder=tmp_path / "ms3"))


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_a_set_is_evaluated_and_its_counts_lie_in_a_folder_named_after_it(model_folder, data, capsys, tmp_path):
    assert main(["evaluate", str(model_folder), data, "--split", "val", "--workers", "1"]) == 0
    out = capsys.readouterr().out
    assert "debug on" in out and "1 videos, 5 labelled frames" in out and "split val" in out
    assert (tmp_path / "ravs-results/debug/ms3-val/own/result.json").is_file()


def test_json_csv_and_latex_are_printed_alone(model_folder, data, capsys):
    line = ["evaluate", str(model_folder), data, "--size", "original"]
    assert main([*line, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["protocols"]["dataset"]["j"] == 14 / 20  # it marks everything
    assert len(result["setting"]["model"]["sha256"]) == len(result["data_sha256"]) == 64
    assert main([*line, "--csv", "--protocol", "avsbench"]) == 0
    assert capsys.readouterr().out.startswith("protocol,figure,value,low,high\navsbench,j,0.69999")
    assert main([*line, "--latex"]) == 0
    assert capsys.readouterr().out.startswith("% dataset J&F")


def test_predictions_are_saved_and_scored_to_the_same_metrics(model_folder, data, capsys):
    line = ["evaluate", str(model_folder), data, "--json", "--size", "original"]
    assert main([*line, "--save-predictions", "pred", "--predictions-format", "npy"]) == 0
    printed = capsys.readouterr()
    assert printed.err.endswith("predictions: pred, listed in predictions.txt\n")
    line = ["score", "pred", data, "--list", "pred/predictions.txt", "--scores", "probabilities", "--json"]
    assert main(line) == 0
    scored, evaluated = (json.loads(text)["protocols"] for text in (capsys.readouterr().out, printed.out))
    assert scored["avsbench"] == evaluated["avsbench"] and scored["ddeseg"] == evaluated["ddeseg"]


def test_evaluations_are_compared(model_folder, data, capsys):
    for name, threshold in (("a", "0.5"), ("b", "0.9999")):
        assert main(["evaluate", str(model_folder), data, "--out", name, "--threshold", threshold]) == 0
    capsys.readouterr()
    assert main(["compare", "a", "b"]) == 0
    assert "b/own against a/own, 1 videos" in capsys.readouterr().out
    assert main(["compare", "a/own", "b/own", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert found["protocols"]["dataset"]["j"]["first"] == 14 / 20


def test_mistakes_are_one_line_and_their_exit_code(model_folder, data, capsys):
    for words, code, message in (
        ((str(model_folder), "nowhere"), 4, "no such folder"),
        (("no-such-model", data), 3, "no-such-model"),
        ((str(model_folder), data, "--size", "big"), 2, "size is 'big'"),
        ((str(model_folder), data, "--sound", "loud"), 2, "sound is 'loud'"),
        ((str(model_folder), data, "--listen", "--chart", "a.txt"), 2, "a chart ends in"),
        ((str(model_folder), data, "--chart", "a.png"), 2, "--chart draws the report of --listen"),
        ((str(model_folder), data, "--predictions-format", "jpg"), 2, "it must be one of png, argmax, npy"),
        ((str(model_folder), data, "--listen", "--save-predictions", "p"), 2, "--save-predictions takes one sound"),
        ((str(model_folder), data, "--listen", "--csv"), 2, "--listen reports as text or --json"),
    ):
        assert main(["evaluate", *words]) == code
        err = capsys.readouterr().err
        assert message in err and "Traceback" not in err
