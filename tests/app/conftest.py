"""A model that marks a dog wherever the sound is loud, and a clip with one loud second, as a visitor loads it."""

from fractions import Fraction

import numpy as np
import pytest

from ravs.app.demo_model import DemoModel
from ravs.app.visits import Visits
from ravs.media import write_video
from support.audio_gated_model import RATE_HZ, segmenter


@pytest.fixture(scope="session")
def loud_at_first(tmp_path_factory):
    """Three seconds of 64 x 48 pixels, with noise in the first second, in the left ear alone."""
    path = tmp_path_factory.mktemp("uploads") / "my street.mp4"
    generator = np.random.default_rng(0)
    frames = generator.integers(0, 256, (30, 48, 64, 3), dtype=np.uint8)
    sound = np.zeros((2, 3 * RATE_HZ), np.float32)
    part = slice(RATE_HZ // 10, RATE_HZ * 9 // 10)  # away from the others, since AAC smears
    sound[0, part] = 0.2 * generator.standard_normal(part.stop - part.start)
    write_video(path, ((frame, Fraction(i, 10)) for i, frame in enumerate(frames)), sound=(sound, RATE_HZ), threads=1)
    return path


@pytest.fixture
def visits():
    """The visits of one server."""
    visits = Visits()
    yield visits
    visits.close()


@pytest.fixture
def model():
    """Takes four seconds at most."""
    return DemoModel(segmenter(), 4)


@pytest.fixture
def visit(visits, model, loud_at_first):
    """A visit whose video was segmented."""
    visit = visits.begin("ann", loud_at_first)
    model.segment(visit, lambda *_: None)
    return visit
