"""A baseline is one new file and one line: that of docs/baselines.md, added, trained, saved and loaded."""

import importlib
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import CONFIG_MAPPING, AutoConfig, AutoModel, AutoProcessor

from ravs.cli.main import main
from ravs.config import RavsConfig
from ravs.config.auto_config import lazy_config_class
from ravs.config.methods import METHODS, model_class
from ravs.config.presets import PRESETS
from ravs.errors import InputError
from ravs.inference.processor import RavsProcessor
from ravs.inference.segmenter import load
from ravs.training import train
from ravs.training.initialize import build_model
from support.runs import MODEL, recipe

PAGE = Path(__file__).parents[3] / "docs" / "baselines.md"
FILE, LINE = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture(scope="module")
def gate(tmp_path_factory):
    """The method of the page: its file beside the package's own, and its line in the registry."""
    package = importlib.import_module("ravs.modeling.baselines")
    folder = tmp_path_factory.mktemp("baselines")
    (folder / "gate.py").write_text(FILE, encoding="utf-8")
    ((name, path),) = re.findall(r'"(\w+)": "([\w.]+)",', LINE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(package, "__path__", [*package.__path__, str(folder)])
        patch.setitem(METHODS, name, path)
        yield name


@pytest.fixture(scope="module")
def run(gate, library_root, tmp_path_factory):
    """The folder of a run of two steps."""
    out = tmp_path_factory.mktemp("runs") / "gate"
    train(replace(recipe(), preset=f"{gate}-debug"), library=library_root, out=out)
    return out


def test_its_presets_are_there_with_its_sizes_and_its_keys_are_checked(gate):
    assert {f"{gate}-{size}" for size in ("tiny", "debug", "pvt-v2-b5-vggish")} <= set(PRESETS)
    assert RavsConfig.preset(f"{gate}-debug").decoder_width == 16
    with pytest.raises(InputError, match="sharpness is -1"):
        RavsConfig.preset(f"{gate}-debug", sharpness=-1)
    with pytest.raises(InputError, match="unknown key 'sharpnes' of GateConfig; did you mean 'sharpness'"):
        RavsConfig.preset(f"{gate}-debug", sharpnes=1.0)


@pytest.mark.slow
def test_it_trains_and_its_folder_loads_as_that_of_any_model_with_every_weight(run, gate):
    model = AutoModel.from_pretrained(run)
    assert type(model) is model_class(gate)
    processor = AutoProcessor.from_pretrained(run)
    assert type(processor) is RavsProcessor and type(processor.config) is type(model.config)
    frames = np.random.default_rng(0).integers(0, 255, (2, 32, 32, 3), dtype=np.uint8)
    inputs = processor(images=frames, audio=np.zeros((2, 64000), np.float32), sampling_rate=32000)
    with torch.inference_mode():
        logits = model(**inputs).logits
        again = load(run).model(**inputs).logits
    assert logits.shape[:3] == (1, 2, 5) and torch.equal(again, logits)


def test_a_folder_without_a_processor_configuration_gives_a_processor(run, tmp_path):
    AutoModel.from_pretrained(run).save_pretrained(tmp_path)
    assert not (tmp_path / "processor_config.json").exists()
    assert type(AutoProcessor.from_pretrained(tmp_path)) is RavsProcessor


def test_its_folder_gives_configuration_and_model_before_its_file_is_imported(run, gate, monkeypatch):
    monkeypatch.setitem(CONFIG_MAPPING._extra_content, gate, lazy_config_class(gate))
    assert type(AutoConfig.from_pretrained(run)) is model_class(gate).config_class
    assert type(AutoModel.from_pretrained(run)) is model_class(gate)
    assert AutoConfig.for_model(gate, sharpness=3.0).sharpness == 3


def test_it_starts_from_a_run_with_other_classes(run, gate):
    wanted = {**MODEL, "classes": ("owl", "drum", "bell")}
    model = build_model(replace(recipe(initial=str(run)), preset=f"{gate}-debug", model=wanted))
    old = AutoModel.from_pretrained(run)
    rows = [0, 3, 1]  # background, drum, bell among bell, horn, drum, whistle
    assert torch.equal(model.classify.weight[[0, 2, 3]], old.classify.weight[rows])
    assert torch.equal(model.gate.weight, old.gate.weight)


def test_the_command_line_knows_it(run, gate, capsys):
    for subject in (str(run), f"{gate}-debug"):
        assert main(["info", subject]) == 0
    assert "classify" in capsys.readouterr().out
