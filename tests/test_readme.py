"""README's lines, one after the other, in an empty folder with short clips: each ends well, and none needs the network.

`make test-wheel` runs these tests on an installed wheel, without this checkout's package.
"""

import re
import shlex
import shutil
import socket
import wave
from pathlib import Path

import av
import numpy as np
import pytest

from ravs.cli.main import main

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
LENGTH_S = 1.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The files that README names, a second long."""
    folder = tmp_path_factory.mktemp("readme")
    (folder / "videos").mkdir()
    cut("dog-and-piano", folder / "clip.mp4")
    shutil.copy(folder / "clip.mp4", folder / "videos" / "clip.mp4")  # as whoever tries one line after the other has it
    cut("sheep-and-drums", folder / "videos" / "other.mp4")
    cut("two-drums", folder / "film.mkv", tracks=2)
    with av.open(EXAMPLES / "dog-and-piano.mp4") as source:
        next(source.decode(video=0)).to_image().save(folder / "photo.jpg")
    with wave.open(str(folder / "bark.wav"), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes((8000 * np.sin(np.arange(16000) * 0.2)).astype("<i2").tobytes())
    return folder


@pytest.fixture(autouse=True)
def empty_folder(folder, monkeypatch):
    """The working directory is that folder, and connections to anything but a file are refused."""
    monkeypatch.chdir(folder)

    def refuse(self, address):
        raise OSError(f"a connection to {address}")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def cut(name, out, tracks=1):
    """The first second of an example, its packets copied; its sound as one track or more."""
    with av.open(EXAMPLES / f"{name}.mp4") as source, av.open(out, "w") as target:
        copies = {0: [target.add_stream_from_template(source.streams.video[0])]}
        audio = source.streams.audio[0]
        copies[audio.index] = [target.add_stream_from_template(audio) for _ in range(tracks)]
        for packet in source.demux():
            if packet.dts is not None and packet.pts * packet.time_base < LENGTH_S:
                for stream in copies[packet.stream.index]:
                    again = av.Packet(bytes(packet))
                    again.pts, again.dts, again.time_base = packet.pts, packet.dts, packet.time_base
                    again.is_keyframe, again.stream = packet.is_keyframe, stream
                    target.mux(again)


def command_lines():
    lines = "\n".join(text for language, text in BLOCKS if not language).replace("\\\n", " ").splitlines()
    return [words for line in lines if (words := shlex.split(line, comments=True)) and words[0] == "ravs"]


@pytest.mark.slow
def test_every_command_line_ends_well_after_those_before_it(capsys):
    lines = command_lines()
    assert len(lines) >= 6
    for _, *words in lines:
        assert main(words) == 0, f"ravs {shlex.join(words)}: {capsys.readouterr().err}"
    assert Path("ravs-out/clip/overlay.mp4").is_file() and Path("ravs-out/other/masks").is_dir()


@pytest.mark.slow
def test_the_python_runs(capsys):
    frames, waveform = np.zeros((1, 64, 64, 3), np.uint8), np.zeros((2, 48000), np.float32)
    names = {"frames": frames, "audio": waveform}
    for language, text in BLOCKS:
        if language == "python":
            exec(compile(text, "README.md", "exec"), names)
    assert len(capsys.readouterr().out.splitlines()) == 1  # a line for the clip's one second
    assert names["outputs"].adjusted_logits.shape[:2] == (1, 1)
