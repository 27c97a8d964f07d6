"""`ravs analyze` on miniature data sets."""

import json

from ravs.cli.main import main


def test_analyze_prints_a_table_with_definitions(miniature, capsys):
    assert main(["analyze", str(miniature("ms3")), "--split", "val"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("AVSBench-object, val\n")
    assert "| ms3 | 1 | 5 | unknown | unknown | 0.0 % (0 of 5) | 0.0 % (0 of 1) |" in printed


def test_analyze_gives_json_of_a_sample_and_a_chart(miniature, tmp_path, capsys):
    words = [
        "--fraction",
        "0.333",
        "--seed",
        "2",
        "--subset",
        "v2",
        "--chart",
        str(tmp_path / "out" / "cases.png"),
        "--json",
    ]
    assert main(["analyze", str(miniature("avss", tmp_path / "avss")), *words]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["subsets"]["v2"]["labelled_frames"] == 10 and printed["seed"] == 2
    assert (tmp_path / "out" / "cases.png").exists()


def test_a_chart_that_cannot_be_written_is_refused_before_any_work(miniature, tmp_path, capsys):
    assert main(["analyze", str(tmp_path / "nothing"), "--chart", "cases.txt"]) == 2
    assert "cases.txt: a chart ends in .png" in capsys.readouterr().err
