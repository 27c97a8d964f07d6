"""Figures on composed clips of a miniature library."""

import pytest
import torch

from ravs.config import RavsConfig
from ravs.errors import InputError
from ravs.evaluation import Setting, as_table, evaluate
from ravs.model import RavsModel
from ravs.processing import RavsProcessor


@pytest.fixture
def blind(library, model_folder):
    """A model that marks nothing."""
    model = RavsModel(RavsConfig.preset("ravs-debug", classes=library.classes)).eval()
    with torch.no_grad():
        model.heads.classify.bias[0] = 1e3
    return model


def test_a_model_that_marks_nothing_scores_nothing_and_marks_no_negative(blind, library_root):
    setting = Setting(library=library_root, clips=3, seeds=(1, 2), size=32)
    seen = []
    figures = evaluate(blind, RavsProcessor(blind.config), setting, lambda done, total: seen.append((done, total)))
    assert {"ss", "ms", "msmi"} <= set(figures) and any(kind.startswith("negative") for kind in figures)
    assert all(row["marked"] == 0 for row in figures.values())
    assert figures["ss"]["j"] == 0
    assert seen[-1] == (24, 24)
    assert "| ss | 0.000 | 0.000 | 0.000 |" in as_table(figures)


class Recorder(RavsModel):
    """A model that keeps what it is given to hear."""

    def forward(self, **inputs):
        self.heard.append(inputs["audio_features"])
        return super().forward(**inputs)


def test_own_sound_silence_and_the_next_clips_sound_are_what_the_model_hears(blind, library_root):
    recorder = Recorder(blind.config).eval()
    heard = {}
    for sound in ("own", "muted", "other"):
        recorder.heard = []
        setting = Setting(library=library_root, clips=6, seeds=(1,), size=32, sound=sound)
        evaluate(recorder, RavsProcessor(recorder.config), setting)
        heard[sound] = torch.cat(recorder.heard).unflatten(0, (4, 6))  # subsets, clips
    torch.testing.assert_close(heard["other"], heard["own"].roll(-1, dims=1))
    assert (heard["muted"][:, :, :, 0] == -1).all()  # silence in every band
    assert not torch.equal(heard["own"], heard["own"].roll(-1, dims=1))


def test_an_unknown_sound_and_a_single_clip_with_anothers_sound_are_refused(library_root):
    with pytest.raises(InputError, match="it must be one of own, muted, other"):
        Setting(library=library_root, sound="loud")
    with pytest.raises(InputError, match="take at least 2 clips"):
        Setting(library=library_root, sound="other", clips=1)
