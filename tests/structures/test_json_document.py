import json
import os
from dataclasses import replace

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from ravs.errors import InputError
from ravs.inference.outputs.timeline import timelines
from ravs.structures.json_document import SCHEMA, document_json, json_schema, read_document, to_document
from ravs.version import VERSION

VALIDATOR = Draft202012Validator(json_schema())


def undescribed(value, schema, where="document"):
    """Keys of a document that its schema does not describe."""
    if isinstance(value, dict):
        for key, entry in value.items():
            if key not in schema.get("properties", {}):
                yield f"{where}.{key}"
            else:
                yield from undescribed(entry, schema["properties"][key], f"{where}.{key}")
    if isinstance(value, list):
        for entry in value:
            yield from undescribed(entry, schema.get("items", {}), f"{where}[]")


def test_a_document_fits_the_packaged_schema_which_describes_every_key(prediction):
    document = json.loads(document_json(prediction))
    VALIDATOR.validate(document)
    assert list(undescribed(document, json_schema())) == []


@pytest.mark.parametrize("key", ["schema", "frames", "events", "complete"])
def test_the_schema_notices_a_missing_key(prediction, key):
    document = to_document(prediction)
    del document[key]
    assert [error.message for error in VALIDATOR.iter_errors(document)] == [f"{key!r} is a required property"]


def test_the_document_says_what_it_is_and_who_wrote_it(prediction):
    document = to_document(prediction)
    assert (document["schema"], document["ravs"], document["complete"]) == (SCHEMA, VERSION, True)
    assert document["classes"][:2] == [
        {"id": 0, "name": "background", "color": [0, 0, 0]},
        {"id": 1, "name": "dog", "color": [128, 0, 0]},
    ]


def test_a_frame_has_the_keys_that_are_published(prediction):
    first, _, last = to_document(prediction)["frames"]
    (dog,) = first.pop("objects")
    assert first == {
        "i": 0, "t": 0.967633, "pts": 29029, "frame": 29, "start": 0.0, "level_db": -23.1, "peak_db": -12.0,
        "uncertainty": 0.125,
    }  # fmt: skip
    rle = dog.pop("rle")
    assert dog == {"class_id": 1, "class": "dog", "score": 0.9, "uncertainty": 0.25, "area": 4, "bbox": [1, 1, 2, 2]}
    assert rle["size"] == [4, 6]
    assert (last["objects"], last["short"]) == ([], True)


def test_a_document_comes_back_as_the_prediction_it_was(prediction, tmp_path):
    path = tmp_path / "a.json"
    path.write_text(document_json(prediction))
    back = read_document(path)
    assert document_json(back) == document_json(prediction)
    assert back.events == tuple(replace(e) for e in prediction.events)
    for found, wanted in zip(back, prediction, strict=True):
        np.testing.assert_array_equal(found.labels, wanted.labels)


def test_a_document_is_one_frame_a_line(prediction):
    lines = document_json(prediction).splitlines()
    assert sum(line.startswith('  {"i": ') for line in lines) == 3


def test_an_incomplete_document_says_so(prediction):
    assert json.loads(document_json(replace(prediction, complete=False)))["complete"] is False


@pytest.mark.parametrize(("text", "message"), [("{", "is not JSON"), ("{}", "no document of schema ravs/1")])
def test_a_file_that_is_no_document_is_refused(tmp_path, text, message):
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_document(path)


def test_a_name_that_is_no_utf_8_comes_back_byte_for_byte(prediction, tmp_path):
    name = os.fsdecode(b"caf\xe9.mp4")
    named = replace(prediction, source=prediction.source | {"name": name})
    (tmp_path / "a.json").write_bytes(document_json(named).encode())
    assert os.fsencode(read_document(tmp_path / "a.json").source["name"]) == b"caf\xe9.mp4"
    assert timelines(named)["timeline.rttm"].encode().startswith(b"SPEAKER caf\\xe9 1 ")


@pytest.mark.parametrize(("key", "value"), [("source", {}), ("frames", 3), ("classes", [1]), ("silence_test", [1])])
def test_a_document_whose_values_are_of_another_kind_is_refused(prediction, tmp_path, key, value):
    document = json.loads(document_json(prediction))
    (tmp_path / "a.json").write_text(json.dumps(document | {key: value}))
    with pytest.raises(InputError, match=r"a\.json lacks or garbles what a document has \(\w+: "):
        read_document(tmp_path / "a.json")
