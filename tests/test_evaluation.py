"""Figures on composed clips of a miniature library."""

import pytest

from ravs.errors import InputError
from ravs.evaluation import Setting, as_table, evaluate
from ravs.model import RavsModel
from ravs.processing import RavsProcessor


@pytest.fixture
def blind(library, model_folder):
    """A model that marks nothing."""
    import torch

    from ravs.config import RavsConfig

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


def test_an_unknown_sound_and_a_single_clip_with_anothers_sound_are_refused(library_root):
    with pytest.raises(InputError, match="it must be one of own, muted, other"):
        Setting(library=library_root, sound="loud")
    with pytest.raises(InputError, match="take at least 2 clips"):
        Setting(library=library_root, sound="other", clips=1)
