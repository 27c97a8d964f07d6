"""Model folders that are damaged or made to harm: loaded whole, or refused in one line, within time and memory."""

import json
import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faults.damage import apply, damage
from support.command_forks import Ended

MAX_CPU_S = 20
MAX_GROWN_MB = 400
ODD_VALUES = st.sampled_from(
    [
        *(None, True, False, 0, -1, 1, 2, 3, 1.5, 10**9, 2**63, 10**400, 1e308, float("nan"), float("inf")),
        *("", "x", "\0", "../../etc/passwd", "ravs", "timm:resnet18", "9" * 5000),
        *([], {}, [[]], [1, 2, 3], [10**9] * 3, ["dog", "dog"], ["dog"] * 300, ["../a", "b"], [1.5, "x", None]),
        {"a": 1},
    ]
)
KINDS_OF_CHANGE = st.sampled_from(["set", "drop", "add"])
NO_CONFIGURATIONS = ("[" * 100_000, '{"classes":' * 100_000, "[]", "null", "", "\xff\xfe", '{"classes": 1' * 2)


@st.composite
def odd_json(draw, files):
    """A JSON file of a model folder, and how it is changed: keys get odd values, vanish, or are added."""
    changes = st.lists(st.tuples(st.integers(0, 99), KINDS_OF_CHANGE, ODD_VALUES), min_size=1, max_size=3)
    return draw(st.sampled_from(files)), draw(changes)


def change_json(text: str, changes: list) -> str:
    root = json.loads(text)
    for number, kind, value in changes:
        places = [(root, key) for key in root]
        places += [(inner, key) for inner in root.values() if isinstance(inner, dict) for key in inner]
        if not places:
            break
        owner, key = places[number % len(places)]
        if kind == "drop":
            del owner[key]
        else:
            owner[key if kind == "set" else f"{key}_"] = value
    return json.dumps(root)


def odd_header(content: bytes, changes: list) -> bytes:
    """A safetensors file whose header says something else of its tensors: types, shapes, places."""
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + size])
    names = sorted(set(header) - {"__metadata__"})
    for number, kind, value in changes:
        name = names[number % len(names)]
        field = ("dtype", "shape", "data_offsets")[number % 3]
        if kind == "drop":
            header.pop(name, None)
        elif kind == "add":
            header[f"{name}.more"] = header.get(name)
        elif name in header and header[name] is not None:
            header[name][field] = value
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + content[8 + size :]


@pytest.fixture
def load_folder(commands, draw_clip, tmp_path):
    """load_folder(files): segments with a model folder in which these files have other contents."""
    draw_clip(tmp_path / "a.mp4", seconds=1.0)

    def load(files: dict[str, bytes]) -> None:
        folder = tmp_path / "odd"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(commands.model, folder)
        for name, content in files.items():
            (folder / name).write_bytes(content)
        shutil.rmtree(tmp_path / "ravs-out", ignore_errors=True)
        ended = commands("segment", "a.mp4", "-m", "odd", "-f", "json", folder=tmp_path, cpu_s=MAX_CPU_S)
        assert problem(ended) == ""

    return load


def problem(ended: Ended) -> str:
    """What is wrong with how a command ended: a traceback, a signal, too much time or memory, or more than one line."""
    lines = [line for line in ended.err.splitlines() if not line.startswith(("loading ", "ravs 0."))]  # of a start
    if ended.code not in (0, 1, 2, 3) or "Traceback" in ended.err or "cannot be processed" in ended.err:
        return f"ended by {ended.signal or ended.code}: {lines[-1:]}"
    if ended.cpu_s > MAX_CPU_S or ended.grown_mb > MAX_GROWN_MB:
        return f"took {ended.cpu_s} s and {ended.grown_mb} MB: {lines}"
    return "" if ended.code == 0 or len(lines) == 1 else ended.err


@settings(max_examples=3)
@given(odd_json(("config.json", "processor_config.json")))
def test_an_odd_configuration_is_refused_in_one_line_or_works(load_folder, commands, found):
    check_odd_configuration(load_folder, commands, found)


@pytest.mark.faults
@settings(max_examples=300)
@given(odd_json(("config.json", "processor_config.json")))
def test_hundreds_of_odd_configurations_are_refused_in_one_line_or_work(load_folder, commands, found):
    check_odd_configuration(load_folder, commands, found)


def check_odd_configuration(load_folder, commands, found):
    name, changes = found
    load_folder({name: change_json((commands.model / name).read_text(), changes).encode()})


@pytest.mark.parametrize("name", ["config.json", "processor_config.json"])
@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"classes":' * 100_000, "[]", "null", "", "\xff\xfe", '{"classes": 1' * 2]
)
def test_text_that_is_no_configuration_is_refused_in_one_line(load_folder, name, text):
    load_folder({name: text.encode("latin-1")})


@pytest.mark.faults
@settings(max_examples=100)
@given(
    st.lists(
        st.tuples(st.integers(0, 999), st.sampled_from(["set", "drop", "add"]), ODD_VALUES), min_size=1, max_size=3
    )
)
def test_weights_whose_header_lies_are_refused_in_one_line(load_folder, commands, changes):
    load_folder({"model.safetensors": odd_header((commands.model / "model.safetensors").read_bytes(), changes)})


@pytest.mark.faults
@settings(max_examples=100)
@given(damage("safetensors"))
def test_damaged_weights_are_refused_in_one_line_or_are_other_numbers(load_folder, commands, changes):
    load_folder({"model.safetensors": apply((commands.model / "model.safetensors").read_bytes(), changes)})
