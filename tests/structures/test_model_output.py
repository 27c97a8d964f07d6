"""The file of a model output: what was written comes back, is the same every time, and is read strictly."""

import io
import json
import pickle
from dataclasses import replace
from zipfile import ZipFile

import numpy as np
import pytest

from ravs.errors import InputError
from ravs.structures.model_output import RECORD, ModelOutput, OutputHeader, WindowOutput
from ravs.structures.model_output_writer import ModelOutputWriter

HEADER = OutputHeader(source={"name": "a"}, model={"name": "m"}, settings={}, classes=("background", "dog", "car"))


def window(masks, heard=True, seed=0):
    generator = np.random.default_rng(seed)
    records = np.zeros(masks, RECORD)
    records["time_s"] = np.arange(masks) + 10 * seed
    maps = [generator.integers(0, 256, shape, dtype=np.uint8) for shape in ((8, 10), (2, 4, 5), (4, 5))]
    sounding, classes, uncertainty = (np.stack([map_] * masks) for map_ in maps)
    return WindowOutput(records, sounding, classes, uncertainty, np.full((masks, 3), seed, np.uint8) if heard else None)


def written(*windows, header=HEADER):
    file = io.BytesIO()
    with ModelOutputWriter(file) as writer:
        for one in windows:
            writer.add(one)
        writer.finish(header)
    return file.getvalue()


def changed(content, **members):
    """The file with other members; None removes one."""
    arrays = dict(np.load(io.BytesIO(content))) | members
    file = io.BytesIO()
    np.savez(file, **{name: array for name, array in arrays.items() if array is not None})
    return file.getvalue()


@pytest.mark.parametrize("heard", [True, False])
def test_windows_come_back_as_they_were_given(heard):
    windows = [window(5, heard), window(2, heard, seed=1)]
    output = ModelOutput.from_bytes(written(*windows))
    assert (output.header, len(output)) == (HEADER, 7)
    for one, other in zip(windows, output.windows(), strict=True):
        for here, there in zip(one, other, strict=True):
            np.testing.assert_array_equal(here, there)
    assert (output.heard is None) == (not heard)


def test_a_source_without_a_mask_has_an_empty_output():
    output = ModelOutput.from_bytes(written(header=replace(HEADER, complete=False)))
    assert (len(output), list(output.windows()), output.header.complete) == (0, [], False)


def test_it_travels_between_processes(tmp_path):
    (tmp_path / "a.npz").write_bytes(written(window(3)))
    for output in (ModelOutput.read(tmp_path / "a.npz"), ModelOutput.from_bytes(written(window(3)))):
        again = pickle.loads(pickle.dumps(output))
        assert again.header == output.header and len(list(again.windows())) == 1


def test_the_same_answer_gives_the_same_bytes_and_no_date():
    content = written(window(3))
    assert written(window(3)) == content
    assert {member.date_time for member in ZipFile(io.BytesIO(content)).infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_numpy_alone_reads_it_without_pickles():
    arrays = np.load(io.BytesIO(written(window(3))), allow_pickle=False)
    assert arrays["records"]["time_s"].tolist() == [0, 1, 2]
    assert json.loads(arrays["header"].tobytes())["classes"] == ["background", "dog", "car"]


def test_a_file_is_read_window_by_window(tmp_path):
    path = tmp_path / "model-output.npz"
    path.write_bytes(written(window(3), window(3)))
    with ZipFile(path) as archive:
        place = archive.getinfo("sounding_000001.npy").header_offset
    with path.open("r+b") as file:  # the last window's maps are damaged, the first ones are not
        file.seek(place + 80)
        file.write(b"\0" * 8)
    windows = ModelOutput.read(path).windows()
    next(windows)
    with pytest.raises(InputError, match=r"model-output\.npz has a damaged member 'sounding_000001'"):
        next(windows)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"records": None}, "lacks the member 'records'"),
        ({"classes_000000": None}, "lacks the member 'classes_000000'"),
        ({"extra": np.zeros(1)}, "has the member 'extra', which is unknown"),
        ({"windows": np.zeros(1, np.int64)}, "has windows without a mask"),
        ({"windows": np.ones(1, np.int32)}, r"has 'windows' as int32 of shape \(1,\), not int64 of \(any\)"),
        ({"records": np.zeros(9, RECORD)}, r"has 'records' as .* of shape \(9,\), not .* of \(3\)"),
        ({"heard": np.zeros((3, 9), np.uint8)}, r"has 'heard' as uint8 of shape \(3, 9\), not uint8 of \(3, 3\)"),
        ({"header": np.frombuffer(b"[", np.uint8)}, "has a header that is not JSON"),
        ({"header": np.frombuffer(b'{"schema": "ravs-model-output/0"}', np.uint8)}, "is no model output of schema"),
        ({"header": np.frombuffer(b'{"schema": "ravs-model-output/1"}', np.uint8)}, "has a header without the key"),
    ],
)
def test_a_file_that_no_run_wrote_is_refused_by_the_name_of_what_is_wrong(members, message):
    with pytest.raises(InputError, match=f"this model output {message}.*: segment the source again"):
        ModelOutput.from_bytes(changed(written(window(3)), **members))


@pytest.mark.parametrize(
    "wrong", [np.zeros((3, 7, 4, 5), np.uint8), np.zeros((3, 2, 4, 5)), np.zeros((3, 5), np.uint8)]
)
def test_maps_of_another_shape_or_type_are_refused_when_they_are_read(wrong):
    output = ModelOutput.from_bytes(changed(written(window(3)), classes_000000=wrong))
    with pytest.raises(InputError, match=r"'classes_000000' as .*, not uint8 of \(3, 2, any, any\)"):
        list(output.windows())


def test_pickles_are_never_read():
    content = changed(written(window(3)), heard=np.array([{}], object))
    with pytest.raises(InputError, match=r"has 'heard' as object of shape \(1,\), not uint8"):
        ModelOutput.from_bytes(content)


def test_a_member_that_would_fill_the_memory_is_refused_before_it_is_read(monkeypatch):
    bomb = np.zeros((3, 2, 400, 400), np.uint8)
    output = ModelOutput.from_bytes(changed(written(window(3)), classes_000000=bomb))
    monkeypatch.setenv("RAVS_MAX_PIXELS", str(bomb.size // 16 - 1))
    with pytest.raises(InputError, match="'classes_000000' of 960000 bytes, which RAVS_MAX_PIXELS does not allow"):
        list(output.windows())
    monkeypatch.setenv("RAVS_MAX_PIXELS", str(bomb.size // 16))
    assert next(output.windows()).classes.shape == bomb.shape


def test_a_member_whose_header_asks_for_more_than_there_is_is_damaged():
    content = written(window(3))
    with ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    lying = io.BytesIO()
    with ZipFile(lying, "w") as archive:
        for name, member in members.items():
            archive.writestr(name, member[:-1] if name == "classes_000000.npy" else member)
    with pytest.raises(InputError, match=r"has a damaged member 'classes_000000' \(\d+ bytes of \d+\)"):
        list(ModelOutput.from_bytes(lying.getvalue()).windows())


def test_what_is_no_archive_is_refused(tmp_path):
    (tmp_path / "a.npz").write_bytes(b"text")
    with pytest.raises(InputError, match=r"a\.npz is no zip archive"):
        ModelOutput.read(tmp_path / "a.npz")
