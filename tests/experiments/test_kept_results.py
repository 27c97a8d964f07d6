"""The results that are kept in notes/experiments: each still belongs to a row of a table."""

import json
from pathlib import Path

from ravs.experiments.experiment_run import runs_of
from ravs.experiments.table import read_table

ROOT = Path(__file__).parents[2]
TABLES = ("table-2", "table-2-aisfx", "table-3", "table-4", "choices", "ears", "mono", "schedule")


def test_every_kept_result_is_found_under_the_key_of_a_row_and_says_it_itself():
    keys = {run.key for name in TABLES for run in runs_of(read_table(name)).values()}
    kept = sorted((ROOT / "notes" / "experiments" / "results").glob("*.json"))
    assert kept and {path.stem for path in kept} <= keys
    assert all(json.loads(path.read_text(encoding="utf-8"))["key"] == path.stem for path in kept)


def test_the_two_forms_of_the_contrast_and_the_two_of_time_are_different_runs():
    table = read_table("table-3")
    keys = {place.row: run.key for place, run in runs_of(table).items() if place.seed == 0}
    assert len(set(keys.values())) == len(keys) == 12
