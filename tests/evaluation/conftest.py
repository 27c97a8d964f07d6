"""Evaluations of miniature sets by tiny models."""

from functools import partial

import pytest
import torch

from ravs.config import RavsConfig
from ravs.evaluation.job import EvaluationRequest
from ravs.evaluation.settings import EvaluationSettings
from ravs.inference.processor import RavsProcessor
from ravs.modeling.ravs import RavsModel

REQUEST_FIELDS = ("workers", "clips", "seeds", "predictions", "predictions_format")


WITHOUT_AUDIO = {"alignment": "none", "contrastive": False}
WITH_AUDIO = {"alignment": "cross_attention", "contrastive": False}
KINDS = {"nothing": (WITHOUT_AUDIO, 50.0), "everything": (WITHOUT_AUDIO, -50.0), "chance": (WITH_AUDIO, None)}


def save_model(folder, classes, kind):
    torch.manual_seed(0)
    changes, bias = KINDS[kind]
    config = RavsConfig.preset("ravs-debug", classes=classes, **changes)
    model = RavsModel(config)
    if bias is not None:
        with torch.no_grad():
            model.heads.classify.bias[0] = bias
    model.save_pretrained(folder)
    RavsProcessor(config).save_pretrained(folder)
    return str(folder)


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    """models(kind, classes): a folder of a model that marks nothing or everything, whatever the audio, or by chance."""
    made = {}

    def get(kind, classes=("thing",)):
        key = (kind, tuple(classes))
        if key not in made:
            made[key] = save_model(tmp_path_factory.mktemp("model") / kind, tuple(classes), kind)
        return made[key]

    return get


@pytest.fixture(scope="session")
def request_in(models):
    """request_in(folder, data, kind, **settings): an evaluation of a set by a model of a kind, kept in folder/out."""

    def make(folder, data, kind="chance", classes=("thing",), out="out", **more):
        own = {key: more.pop(key) for key in REQUEST_FIELDS if key in more}
        settings = EvaluationSettings(**{"size": 32, **more})
        return EvaluationRequest(
            model=models(kind, classes), data=data, settings=settings, out=folder / out, device="cpu", **own
        )

    return make


@pytest.fixture
def make_request(tmp_path, request_in):
    """make_request(data, kind, **settings): the same, kept in tmp_path/out."""
    return partial(request_in, tmp_path)
