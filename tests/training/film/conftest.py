"""A run of the smallest size on the miniature library: small encoders with random weights, a few frames and steps."""

import pytest

from ravs.training.film import film_sources
from ravs.training.film.film_pipeline import train_film_model
from ravs.training.film.film_training_settings import FilmTrainingSettings
from support.models import SMALL_AUDIO_ENCODERS
from support.photographs import write_photographs

CLASSES = ("bell", "horn", "drum", "whistle")
SMALL = {
    "preset": "class-matching-debug",
    "model": {"classes": CLASSES},
    **dict.fromkeys(("visual_weights", "audio_weights")),
    **{"frames": 6, "fold_frames": 5, "frame_side": 64, "frames_per_block": 3},
    **{"seconds": 24, "pair_seconds": 2, "clean_seconds": 2, "seconds_per_block": 10, "recording_folds": 2},
    **{"classifier_epochs": 1, "classifier_batch": 16},
    "table_classes": (),
    **{"sight_steps": 2, "last_sight_steps": 2, "sight_batch": 3, "mask_steps": 3, "mask_batch": 3},
}


@pytest.fixture(scope="package")
def photos_root(tmp_path_factory):
    """Photographs of silent things: their classes are not the library's."""
    return write_photographs(tmp_path_factory.mktemp("film-photos") / "coco")


def use_small_audio_encoders(patch):
    patch.setattr("ravs.modeling.base.build_audio_encoder", lambda name, **_: SMALL_AUDIO_ENCODERS[name]())


@pytest.fixture(autouse=True)
def small_audio_encoders(monkeypatch):
    use_small_audio_encoders(monkeypatch)


@pytest.fixture
def small_settings():
    """small_settings(**changes): those of the run that is done, with changes."""
    return lambda **changes: FilmTrainingSettings(**SMALL | changes)


@pytest.fixture(scope="package")
def train(library_root, photos_root):
    """train(folder, **changes): runs all steps in this process. Returns the model's folder."""

    def run(folder, lines=None, **changes):
        settings = FilmTrainingSettings(**SMALL | changes)
        report = (lambda line: None) if lines is None else lines.append
        with pytest.MonkeyPatch.context() as patch:  # the fixtures that train outlive a test's own patch
            use_small_audio_encoders(patch)
            return train_film_model(folder, library_root, photos_root, settings, jobs=1, report=report)

    yield run
    for opened in (film_sources.open_start, film_sources.open_material, film_sources.open_images):
        opened.cache_clear()


@pytest.fixture(scope="package")
def trained(train, tmp_path_factory):
    """The folder of a run that is done; not to be changed."""
    return train(tmp_path_factory.mktemp("film") / "run").parent
