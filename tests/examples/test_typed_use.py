import importlib.util
from pathlib import Path

from support.audio_gated_model import segmenter

PROGRAM = Path(__file__).parents[2] / "examples" / "typed_use.py"


def test_it_lists_the_events_and_saves_the_masks(tmp_path, draw_clip, monkeypatch):
    spec = importlib.util.spec_from_file_location("typed_use", PROGRAM)
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    monkeypatch.setattr("ravs.inference.segmenter.load", lambda name, device: segmenter())
    event, area = program.describe(draw_clip(tmp_path / "a.mp4"), tmp_path / "out")
    assert event.startswith("dog: 0.0 to 2.4 s, 0.")
    assert area == "768 pixels at most"  # the left half of 48 x 32 pixels
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"out.json", "masks", "model-output.npz"}
