"""A miniature table, its two packages, built here, and stand-ins for programs of other packages."""

import csv
import io
import os
import shutil
import struct
import subprocess
import sys
import wave
import zipfile

import numpy as np
import pytest
from PIL import Image

RATE_HZ = 32000
COLUMNS = ["path", "split", "group", "style", "package", "source", "how", "licence", "author", "sha256", "sketch"]
NOTHING = "AAAA"  # a sketch that no file has

ENCODER = """#!{python}
import sys, av, numpy as np
content = open(sys.argv[2], "rb").read()
samples = np.frombuffer(content[44:], "<f4")
with av.open(sys.argv[3], "w", format="ogg") as out:
    stream = out.add_stream("flac", rate=32000, layout="mono", format="s16")
    pcm = (samples * 32767).astype(np.int16)[None]
    frame = av.AudioFrame.from_ndarray(pcm, format="s16", layout="mono")
    frame.sample_rate = 32000
    frame.pts = 0
    for packet in [*stream.encode(frame), *stream.encode(None)]:
        out.mux(packet)
"""
RENDERER = """#!{python}
import sys
from PIL import Image
assert sys.stdin.buffer.read().startswith(b"<svg")
Image.new("RGBA", (64, 32), (10, 200, 30, 255)).save(sys.stdout.buffer, "PNG")
"""
MIRROR = """#!{python}
import os, pathlib, shutil, subprocess, sys
name, _, version = sys.argv[2].partition("=")
found = sorted(pathlib.Path(os.environ["MIRROR"]).glob(name + "_*.deb"))
said = [subprocess.run(["dpkg-deb", "-f", path, "Version"], capture_output=True, text=True).stdout for path in found]
found = [path for path, has in zip(found, said) if version in ("", has.strip())]
if sys.argv[1] != "download" or not found:
    print(f"W: a warning\\nE: Version '{{version}}' for '{{name}}' was not found", file=sys.stderr)
    sys.exit(100)
shutil.copy(found[0], ".")
with open(os.environ["MIRROR"] + "/asked", "a") as file:
    print(name, file=file)
"""


def png(size, color, mode="RGBA"):
    out = io.BytesIO()
    Image.new(mode, size, color).save(out, "PNG")
    return out.getvalue()


def recording(hertz, seconds, silence_s=0.0):
    """A tone after silence, as a 16-bit file."""
    tone = 0.3 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE_HZ)) / RATE_HZ)
    samples = np.concatenate([np.zeros(int(silence_s * RATE_HZ)), tone])
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    return out.getvalue()


def rcc(files):
    """A Qt resource file, version 1, with a folder `in` of uncompressed files."""
    names, data, nodes = b"", b"", []

    def name(text):
        nonlocal names
        at = len(names)
        names += struct.pack(">HI", len(text), 0) + text.encode("utf-16-be")
        return at

    nodes.append(struct.pack(">IHII", 0, 2, 1, 1))  # the root: a folder with one child, node 1
    nodes.append(struct.pack(">IHII", name("in"), 2, len(files), 2))
    for key, content in files.items():
        nodes.append(struct.pack(">IHHHI", name(key), 0, 0, 0, len(data)))
        data += struct.pack(">I", len(content)) + content
    tree = b"".join(nodes)
    return b"qres" + struct.pack(">4I", 1, 20, 20 + len(tree), 20 + len(tree) + len(data)) + tree + data + names


def cat(sounds):
    """A sound container of OpenTTD: each entry is a length-prefixed name and a RIFF file."""
    head, body = b"", b""
    for sound in sounds:
        head += struct.pack("<II", 8 * len(sounds) + len(body), len(sound))
        body += bytes([3]) + b"abc" + sound
    return head + body


def deb(folder, package, version, files):
    """Build a package in a folder. Its name has no epoch, as on mirrors."""
    root = folder / f"{package}.root"
    (root / "DEBIAN").mkdir(parents=True)
    control = f"Package: {package}\nVersion: {version}\nArchitecture: all\nMaintainer: x\nDescription: x\n"
    (root / "DEBIAN" / "control").write_text(control)
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    target = folder / f"{package}_{version.rpartition(':')[2]}_all.deb"
    subprocess.run(["dpkg-deb", "-Znone", "--build", root, target], check=True, capture_output=True)
    shutil.rmtree(root)


def write_table(folder, rows):
    """parts.csv of a table; the other files stay as they are."""
    with (folder / "parts.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n", restval="")
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def table(tmp_path):
    """Folder of a table of six parts out of two packages."""
    folder = tmp_path / "table"
    (folder / "masks").mkdir(parents=True)
    (folder / "masks" / "half.png").write_bytes(png((20, 10), 255, "L"))
    (folder / "packages.csv").write_text("package,version\npictures-data,1.0-1\nsounds-data,1:2.0-3\n")
    (folder / "classes.csv").write_text("index,class,tier\n1,bell,A\n2,kettle,B\n")
    rows = [
        ("cutouts/bell/pd_bell.png", "pictures-data", "usr/bell.png", "mask half.png", "CC0-1.0", "Ann"),
        ("cutouts/kettle/pd_kettle.png", "pictures-data", "usr/kettle.svg", "", "GPL-2+", "Bob"),
        ("backgrounds/pd_hill.jpg", "pictures-data", "usr/hills.zip!deep/hill.png", "", "CC-BY-3.0", "Ann"),
        ("sounds/bell/sd_bell.ogg", "sounds-data", "usr/bell.wav", "", "CC0-1.0", "Eve"),
        ("sounds/bell/sd_bell_2.ogg", "sounds-data", "usr/bells.rcc!in/two.wav", "", "CC0-1.0", "Eve"),
        ("ambient/sd_wind.ogg", "sounds-data", "usr/winds.cat!1", "", "CC-BY-3.0", "Eve"),
    ]
    names = ("path", "package", "source", "how", "licence", "author")
    more = {"split": "train", "sha256": "0" * 16, "sketch": NOTHING}
    write_table(folder, [dict(zip(names, row, strict=True)) | more for row in rows])
    return folder


@pytest.fixture
def packages(tmp_path):
    """Folder with the two packages."""
    if not shutil.which("dpkg-deb"):
        pytest.skip("packages are built and opened by dpkg-deb")
    folder = tmp_path / "packages"
    folder.mkdir()
    hills = io.BytesIO()
    with zipfile.ZipFile(hills, "w") as file:
        file.writestr("deep/hill.png", png((60, 45), (90, 140, 60), "RGB"))
    pictures = {"usr/bell.png": png((40, 20), (200, 10, 10, 255)), "usr/kettle.svg": b"<svg/>"}
    deb(folder, "pictures-data", "1.0-1", {**pictures, "usr/hills.zip": hills.getvalue()})
    sounds = {
        "usr/bell.wav": recording(440, 0.6, 0.3),
        "usr/bells.rcc": rcc({"one.wav": b"", "two.wav": recording(880, 0.5)}),
    }
    deb(folder, "sounds-data", "1:2.0-3", {**sounds, "usr/winds.cat": cat([recording(100, 0.4), recording(150, 0.7)])})
    return folder


@pytest.fixture(autouse=True)
def stand_ins(tmp_path, monkeypatch):
    """Programs first on PATH: an encoder, a renderer, and an apt-get whose mirror is a folder."""
    folder = tmp_path / "bin"
    folder.mkdir()
    scripts = {"sndfile-convert": ENCODER, "rsvg-convert": RENDERER, "apt-get": MIRROR}
    for name, script in scripts.items():
        (folder / name).write_text(script.format(python=sys.executable))
        (folder / name).chmod(0o755)
    (tmp_path / "mirror").mkdir()
    monkeypatch.setenv("MIRROR", str(tmp_path / "mirror"))
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr("ravs.data.library.builder.vorbis.find_spec", lambda name: None)
    return folder


@pytest.fixture
def wav():
    """wav(hertz, seconds, silence_s=0): the content of a sound file."""
    return recording
