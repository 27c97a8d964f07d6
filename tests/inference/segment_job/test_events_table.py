import csv
import json
import sys
from pathlib import Path

import pytest

from ravs.cli.main import main
from ravs.errors import InputError, NoMatchError
from ravs.inference.segment_job.events_table import event_rows, find_documents, table_bytes

DOG = {"class": "dog", "start": 0.5, "end": 2.0, "score": 0.75}
CAR = {"class": "car", "start": 1.0, "end": 1.96, "score": 0.5}


@pytest.fixture(autouse=True)
def results(tmp_path, monkeypatch):
    """Two results at different depths, another program's JSON, and what a killed run left."""
    monkeypatch.chdir(tmp_path)
    for folder, events in {"out/b": [DOG], "out/deep/a,1": [DOG, CAR], "out/.c.1a2b.part": [CAR]}.items():
        Path(folder).mkdir(parents=True)
        document = {"schema": "ravs/1", "source": {"name": "clip.mp4"}, "frames": [], "events": events}
        Path(folder, "clip.json").write_text(json.dumps(document))
    Path("out/b/done.json").write_text('{"source": "s", "model": "m", "settings": {}}')


def test_a_row_for_each_event_of_all_results_below_a_folder(capsys):
    assert main(["events", "out", "out/b"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        "folder,video,class,start,end,score",
        "out/b,clip.mp4,dog,0.5,2.0,0.75",
        '"out/deep/a,1",clip.mp4,dog,0.5,2.0,0.75',
        '"out/deep/a,1",clip.mp4,car,1.0,1.96,0.5',
    ]


@pytest.mark.parametrize("name", ["events.csv", "events.jsonl", "events.parquet"])
def test_each_format_holds_the_same_rows(name, capsys):
    assert main(["events", "out", "-o", name]) == 0
    assert capsys.readouterr().out == f"3 events of 2 videos → {name}\n"
    if name.endswith(".csv"):
        with Path(name).open(newline="") as file:
            read = [row | {key: float(row[key]) for key in ("start", "end", "score")} for row in csv.DictReader(file)]
    elif name.endswith(".jsonl"):
        read = [json.loads(line) for line in Path(name).read_text().splitlines()]
    else:
        read = pytest.importorskip("pyarrow.parquet").read_table(name).to_pylist()
    assert read == list(event_rows(find_documents([Path("out")])))


def test_a_document_may_be_named_itself_and_no_events_give_an_empty_table():
    assert list(event_rows([Path("out/b/clip.json")])) == [{"folder": "out/b", "video": "clip.mp4", **DOG}]
    assert table_bytes([], ".csv") == b"folder,video,class,start,end,score\n"


def test_parquet_without_its_library_names_the_extra(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert main(["events", "out", "-o", "events.parquet"]) == 2
    assert "pip install 'ravs[interop]'" in capsys.readouterr().err
    assert not Path("events.parquet").exists()


def test_mistakes_say_what_to_do(capsys):
    assert main(["events", "out", "-o", "events.xlsx"]) == 2
    assert ".csv, .jsonl, .parquet" in capsys.readouterr().err
    Path("empty").mkdir()
    with pytest.raises(NoMatchError, match="-f json"):
        find_documents([Path("empty")])
    Path("cut.json").write_text('{"schema": "ravs/1", "source')
    with pytest.raises(InputError, match=r"cut\.json cannot be read"):
        list(event_rows([Path("cut.json")]))
