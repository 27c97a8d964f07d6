"""Damaged media files: a right result or one clear line, within time and memory, and never half an output."""

import random
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faults.damage import apply, damage
from ravs.media import probe
from ravs.structures.json_document import read_document
from support.command_forks import Ended

VIDEOS = ("mp4", "mkv", "webm", "avi", "ts", "flv")
IMAGES = ("png", "jpg")
SOUNDS = ("wav", "mp3")
ORDERS = ("reversed", "same", "random")
MAX_CPU_S = 20
MAX_GROWN_MB = 600


def check_result(ended: Ended, source: str, out: Path) -> None:
    """Exit code 0 and everything is there, or 1 with one line, and what is kept fits together."""
    lines = ended.err.splitlines()
    told = [line for line in lines if not line.startswith(("loading ", "ravs "))]
    assert ended.code in (0, 1), ended
    assert "Traceback" not in ended.err and "cannot be processed" not in ended.err, ended.err
    assert ended.cpu_s <= MAX_CPU_S and ended.grown_mb <= MAX_GROWN_MB, ended
    if ended.code == 1:
        about = [line for line in told if line.startswith(source)]
        assert about and len(about) <= 3, ended.err  # a failure, and warnings about the source
    assert not [path.name for path in out.parent.rglob(".*")], ended.err
    if not out.exists():
        assert ended.code == 1
        return
    document = read_document(out / f"{out.name}.json")
    assert document.complete == (ended.code == 0) == (out / "done.json").exists(), ended.err
    assert len(list((out / "masks").glob("*.png"))) == len(document) >= 1
    assert probe(out / "overlay.mp4").duration_s > 0


@st.composite
def damaged_file(draw, endings):
    ending = draw(st.sampled_from(endings))
    return ending, draw(damage(ending))


def segment_damaged(commands, whole_files, folder: Path, ending: str, changes: list) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / f"a.{ending}").write_bytes(apply(whole_files[ending], changes))
    words = ["a." + ending]
    if ending in IMAGES:
        (folder / "sound.wav").write_bytes(whole_files["wav"])
        words += ["--sound", "sound.wav"]
    if ending in SOUNDS:
        (folder / "video.mp4").write_bytes(whole_files["mp4"])
        words = ["video.mp4", "--sound", "a." + ending]
    ended = commands("segment", *words, "-m", commands.model, folder=folder, cpu_s=MAX_CPU_S)
    check_result(ended, Path(words[0]).name, folder / "ravs-out" / Path(words[0]).stem)


@settings(max_examples=5)
@given(damaged_file(VIDEOS + IMAGES + SOUNDS))
def test_a_few_damaged_files_give_a_right_result_or_one_clear_line(commands, whole_files, tmp_path_factory, file):
    segment_damaged(commands, whole_files, tmp_path_factory.getbasetemp() / "damaged", *file)


@pytest.mark.faults
@settings(max_examples=1000)
@given(damaged_file(VIDEOS + IMAGES + SOUNDS))
def test_a_thousand_damaged_files_give_a_right_result_or_one_clear_line(commands, whole_files, tmp_path_factory, file):
    segment_damaged(commands, whole_files, tmp_path_factory.getbasetemp() / "damaged", *file)


def restamped_flv(content: bytes, order: str) -> bytes:
    """An FLV file whose tags have other times: shuffled, reversed, all the same, or anything at all."""
    chance, places, at = random.Random(0), [], 13
    while at + 11 < len(content):
        places.append(at + 4)
        at += 15 + int.from_bytes(content[at + 1 : at + 4])
    times = [content[place : place + 4] for place in places]
    match order:
        case "shuffled":
            chance.shuffle(times)
        case "reversed":
            times.reverse()
        case "same":
            times = times[:1] * len(times)
        case "random":
            times = [chance.randbytes(4) for _ in times]
    out = bytearray(content)
    for place, time in zip(places, times, strict=True):
        out[place : place + 4] = time
    return bytes(out)


@pytest.mark.parametrize("order", ["shuffled", *(pytest.param(o, marks=pytest.mark.faults) for o in ORDERS)])
def test_times_that_do_not_rise_give_a_right_result_or_one_clear_line(commands, whole_files, tmp_path, order):
    (tmp_path / "a.flv").write_bytes(restamped_flv(whole_files["flv"], order))
    ended = commands("segment", "a.flv", "-m", commands.model, folder=tmp_path, cpu_s=MAX_CPU_S)
    check_result(ended, "a.flv", tmp_path / "ravs-out" / "a")


@pytest.mark.faults
def test_sound_in_thousands_of_packets_of_one_sample_is_read_like_any_other(commands, whole_files, tmp_path):
    import av

    (tmp_path / "a.wav").write_bytes(whole_files["wav"])
    with av.open(str(tmp_path / "a.wav")) as read, av.open(str(tmp_path / "tiny.mov"), "w") as written:
        stream, count = written.add_stream_from_template(read.streams.audio[0]), 0
        for packet in read.demux():
            for first in range(0, packet.size, 4):
                tiny = av.Packet(bytes(packet)[first : first + 4])
                tiny.stream, tiny.time_base, tiny.pts, tiny.dts = stream, stream.time_base, count, count
                written.mux(tiny)
                count += 1
    assert count > 40_000
    (tmp_path / "a.mp4").write_bytes(whole_files["mp4"])
    for sound, out in (("a.wav", "plain"), ("tiny.mov", "tiny")):
        words = ("segment", "a.mp4", "--sound", sound, "-f", "masks", "-o", out, "-m", commands.model)
        ended = commands(*words, folder=tmp_path, cpu_s=MAX_CPU_S)
        assert ended.code == 0, ended
    masks = [[path.read_bytes() for path in sorted((tmp_path / out).rglob("*.png"))] for out in ("plain", "tiny")]
    assert masks[0] and masks[0] == masks[1]
