"""docs/troubleshooting.md: each message of `ravs segment` and `ravs.load` has an entry, and each entry a message."""

import ast
import re
from pathlib import Path

import pytest

from ravs import errors

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "ravs"
PAGE = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
ENTRIES = re.findall(r"\*\*`([^`]+)`\*\*", PAGE)  # … in an entry stands for any text
STYLES = ("config/overlay_style.py", "config/alpha_codec.py")
ROOMS = (
    "inference",
    "structures/npz_members.py",
    "structures/model_output.py",
    "structures/size_limit.py",
    "media",
    "checkpoints/find_model.py",
    "modeling/weights.py",
    "config/inference.py",
    "files.py",
    *STYLES,
)
CLI = ("cli/main.py", "cli/verbs.py", "cli/segment.py", "cli/output_guard.py", "cli/info.py")
TEXTS = {  # functions that return or yield messages
    "cli/main.py": ("main",),
    "inference/source_info.py": ("_time_warnings", "_audio_warnings"),
    "inference/segment_job/error_messages.py": ("no_match_message", "describe_error", "_cannot_be_written"),
}


def files_of(rooms):
    for room in rooms:
        yield from sorted((SOURCE / room).rglob("*.py")) if (SOURCE / room).is_dir() else [SOURCE / room]


def skeleton(node):
    """The constant parts of a message, with … for all that is filled in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "…" for part in node.values)
    if isinstance(node, ast.BinOp):
        return skeleton(node.left) + (skeleton(node.right) or "…")
    return ""


def is_error(node):
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "error":
        return bool(node.args)  # NpzMembers.error, which puts the file before and the remedy behind
    kind = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and getattr(errors, node.func.id, None)
    return bool(kind and node.args and isinstance(kind, type) and issubclass(kind, errors.RavsError))


def raised(path):
    return {skeleton(node.args[0]) for node in ast.walk(ast.parse(path.read_text())) if is_error(node)}


def returned(path, functions):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef) and node.name in functions:
            yield from (skeleton(part) for part in ast.walk(node) if isinstance(part, ast.JoinedStr))


def messages():
    found = set().union(*(raised(path) for path in files_of([*ROOMS, *CLI])))
    for file, functions in TEXTS.items():
        found |= set(returned(SOURCE / file, functions))
    return sorted(text for text in found if len(text.replace("…", "").strip()) > 12)


def matches(entry, message):
    return re.search(".*".join(map(re.escape, entry.split("…"))), message) is not None


MESSAGES = messages()


@pytest.mark.parametrize("message", MESSAGES)
def test_every_message_has_an_entry(message):
    assert any(matches(entry, message) for entry in ENTRIES), "write what to do about it into docs/troubleshooting.md"


@pytest.mark.parametrize("entry", ENTRIES)
def test_every_entry_is_a_message(entry):
    assert any(matches(entry, message) for message in MESSAGES)
