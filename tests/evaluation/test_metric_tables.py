"""Metrics as text."""

import csv

from ravs.evaluation.metric_tables import as_csv, as_latex, as_text

REPORT = {
    "dataset": {"j": 0.5, "f": 0.25, "jf": 0.375, "silent_frames": 3, "ece": None, "interval": {"j": (0.4, 0.625)}},
    "avsbench": {"j": None, "f": 0.0, "jf": None, "batch_size": 20},
}


def test_text_has_percent_intervals_counts_and_what_is_undefined():
    lines = as_text(REPORT, {"dataset": "over the set", "avsbench": "per frame"}).splitlines()
    assert lines[1].split("  ")[1].strip() == "50.00 [40.00, 62.50]"
    assert "undefined" in lines[2]
    assert "avsbench  per frame (batch_size 20)" in lines
    assert "  silent frames                     3" in lines
    assert "  ece                               –" in lines


def test_csv_reads_back():
    rows = {(row["protocol"], row["figure"]): row for row in csv.DictReader(as_csv(REPORT).splitlines())}
    assert (rows["dataset", "j"]["value"], rows["dataset", "j"]["low"], rows["dataset", "j"]["high"]) == (
        "0.5",
        "0.4",
        "0.625",
    )
    assert rows["dataset", "ece"]["value"] == "" and rows["avsbench", "batch_size"]["value"] == "20"


def test_latex_is_a_row_with_its_columns_named():
    assert as_latex("my_model", REPORT).splitlines() == [
        "% dataset J&F, dataset J, dataset F, avsbench J&F, avsbench J, avsbench F",
        r"my\_model & 37.50 & 50.00 & 25.00 & -- & -- & 0.00 \\",
    ]
