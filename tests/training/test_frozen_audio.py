"""Composed clips and a frozen audio encoder: trained, validated, evaluated, and compared in a table."""

import json
from dataclasses import replace

import pytest
import torch
import yaml

from ravs.config.recipe import resolve_config
from ravs.experiments import library_runs
from ravs.experiments.table import read_table
from ravs.experiments.table_runner import run_table
from ravs.modeling.registry import build
from ravs.training import train
from ravs.training.data.from_library import library_training_data
from support.models import small_encoders
from support.runs import DATA, MODEL, recipe


@pytest.fixture(autouse=True)
def encoders(monkeypatch):
    small_encoders(monkeypatch)


def frozen(audio_encoder="aisfx", method="ravs", **data):
    wanted = recipe(data=replace(DATA, scenes=4, **data))
    return replace(wanted, preset=f"{method}-debug", model=MODEL | {"audio_encoder": audio_encoder})


@pytest.mark.parametrize("method", ["ravs", "tpavi", "avsegformer", "cavp"])
def test_a_batch_of_takes_and_one_of_their_clips_have_the_same_loss(library_root, tmp_path, method):
    wanted, losses = frozen(method=method), []
    torch.manual_seed(0)
    model = build(resolve_config(wanted))
    for takes in (0, 1):
        each = replace(wanted, data=replace(wanted.data, takes=takes))
        data = library_training_data(each, resolve_config(each), model, library_root, tmp_path)
        batch = data.collate([data.training[0], data.training[1]])
        assert batch["audio_features"].shape[2:] == ((1, 64) if takes else (1, 42, 96))
        with torch.no_grad(), torch.random.fork_rng():
            losses.append(model(**batch).loss)
    torch.testing.assert_close(losses[1], losses[0], atol=1e-2, rtol=1e-2)  # tokens keep three digits


def test_a_validation_batch_has_the_tokens_of_all_seconds_and_finds_them_again(library_root, tmp_path):
    wanted = frozen("vggish", takes=1)
    model = build(resolve_config(wanted))
    batches = []
    for _ in range(2):
        data = library_training_data(wanted, resolve_config(wanted), model, library_root, tmp_path)
        subset = next(iter(data.validation.values()))
        batches.append(data.collate_validation([subset[0]])["audio_features"])
        entries = {path: path.stat().st_mtime_ns for path in (tmp_path.glob("vggish-*/*/*.npy"))}
        assert len(entries) == 1
    assert batches[0].shape == (1, 5, 1, 128) and torch.equal(*batches)


def test_a_frozen_encoder_without_weights_is_warned_of(library_root, tmp_path):
    for wanted, said in ((frozen(), 1), (replace(frozen(), audio_weights="aisfx"), 0), (recipe(), 0)):
        config = resolve_config(wanted)
        data = library_training_data(wanted, config, build(config), library_root, tmp_path)
        assert len(data.remarks) == said and all("its weights are random" in remark for remark in data.remarks)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("takes", [0, 1])
def test_a_run_trains_everything_but_the_audio_encoder(library_root, tmp_path, takes):
    wanted = frozen("vggish", takes=takes)
    metrics = train(wanted, library=library_root, out=tmp_path / "run")
    assert {"eval_ss_j", "eval_ms_f", "eval_msmi_jf", "eval_negative_marked"} <= set(metrics)
    torch.manual_seed(wanted.training.seed)
    before, after = build(resolve_config(wanted)), build(resolve_config(wanted)).from_pretrained(tmp_path / "run")
    changed = {name for name, weight in after.named_parameters() if not torch.equal(weight, before.get_parameter(name))}
    assert not any(name.startswith("audio_encoder.") for name in changed)
    assert {name.partition(".")[0] for name in changed} >= {"visual_encoder", "alignments", "decoder", "heads"}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_table_compares_methods_with_a_frozen_encoder(library_root, tmp_path, monkeypatch):
    monkeypatch.setattr(library_runs, "CLIPS", 1)
    wanted = frozen(takes=1).as_dict()
    (tmp_path / "setting.yaml").write_text(yaml.safe_dump(json.loads(json.dumps(wanted))))
    rows = {"RAVS": None, "AVSegFormer": {"set": {"preset": "avsegformer-debug"}}}
    (tmp_path / "two.yaml").write_text(yaml.safe_dump({"title": "Two", "setting": "setting.yaml", "rows": rows}))
    places = {"library": library_root, "out": tmp_path / "out", "work": tmp_path / "work", "jobs": 1}
    text = run_table(read_table(tmp_path / "two.yaml"), **places).read_text()
    assert "| RAVS | 1 | 0." in text and "| AVSegFormer | 1 | 0." in text
    assert len(list((tmp_path / "work" / "pool").glob("takes-*"))) == 1  # shared by both methods
