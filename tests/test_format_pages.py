"""docs/formats: each output format has a page, what the pages' Python reads is there, and the examples fit together."""

import csv
import json
import re
from pathlib import Path

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from PIL import Image

from ravs.inference.outputs.format_files import EDITOR_VIDEOS
from ravs.inference.segment_job.result_folder import FORMATS, ResultFolder
from ravs.structures.json_document import json_schema, read_document

FOLDER = Path(__file__).parents[1] / "docs" / "formats"
EXAMPLE = FOLDER / "dog-and-piano"
PAGES = [page for page in sorted(FOLDER.glob("*.md")) if page.stem != "prompts"]  # whose lines need SAM
DOCUMENT = EXAMPLE / "dog-and-piano.json"


@pytest.mark.parametrize("name", [name for name in FORMATS if name not in EDITOR_VIDEOS])
def test_every_format_has_a_page_and_an_example(name):
    assert (FOLDER / f"{name}.md").is_file()
    assert f"[`{name}`]({name}.md)" in (FOLDER / "README.md").read_text()
    assert all((EXAMPLE / file).exists() for file in ResultFolder(EXAMPLE).files(name))


def test_videos_for_editors_share_a_page_and_have_no_example_since_they_are_large():
    text = (FOLDER / "README.md").read_text()
    assert "[`alpha`](alpha.md)" in text and "[`matte`](alpha.md)" in text
    page = (FOLDER / "alpha.md").read_text()
    assert all(file in page for name in EDITOR_VIDEOS for file in ResultFolder(EXAMPLE).files(name))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_python_of_a_page_runs_on_the_example(page, monkeypatch):
    monkeypatch.chdir(FOLDER)
    for block in re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL):
        exec(compile(block, page.name, "exec"), {})


def test_the_example_document_fits_the_schema():
    Draft202012Validator(json_schema()).validate(json.loads(DOCUMENT.read_text()))


def test_masks_and_uncertainty_of_the_example_are_those_of_its_document():
    prediction = read_document(DOCUMENT)
    assert len(prediction) == len(list(EXAMPLE.glob("masks/*.png"))) == 2
    for frame in prediction:
        mask = Image.open(EXAMPLE / "masks" / f"{frame.index:06d}.png")
        assert mask.mode == "P" and (np.asarray(mask) == frame.labels).all()
        uncertainty = np.asarray(Image.open(EXAMPLE / "uncertainty" / f"{frame.index:06d}.png")) / 255
        assert uncertainty.shape == frame.size and uncertainty.mean() == pytest.approx(frame.uncertainty, abs=0.01)


def test_timelines_of_the_example_are_the_events_of_its_document():
    (event,) = json.loads(DOCUMENT.read_text())["events"]
    (row,) = csv.DictReader((EXAMPLE / "timeline.csv").read_text().splitlines())
    assert (row["class"], float(row["start"]), float(row["end"])) == (event["class"], event["start"], event["end"])
    rttm = (EXAMPLE / "timeline.rttm").read_text().split()
    assert (rttm[7], float(rttm[3]), float(rttm[3]) + float(rttm[4])) == (event["class"], event["start"], event["end"])
