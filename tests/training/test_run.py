"""Training: small runs of the debug model on a miniature library, from recipe to metrics."""

import json
from dataclasses import replace

import pytest
import torch
from transformers import TrainerState, TrainingArguments

from ravs.config import RavsConfig
from ravs.config.recipe import OptimizerRecipe, Recipe
from ravs.data.composition import scene_pool as pool_room
from ravs.data.composition.scene_pool import ScenePool
from ravs.errors import InputError, RavsError
from ravs.modeling.ravs import RavsModel
from ravs.training import train
from ravs.training.callbacks.epochs import RenewScenes
from ravs.training.callbacks.log import JsonlLog, read_log
from ravs.training.data.composed_collator import ComposedCollator
from ravs.training.data.from_library import open_clips
from ravs.training.data.training_clips import TrainingClips
from ravs.training.run_folder.checkpoints import last_complete_checkpoint
from ravs.training.run_folder.record import git_state
from ravs.training.trainer.arguments import training_arguments
from support.runs import CLASSES, DATA, MODEL, recipe


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_tagger_then_a_complete_model_are_trained_and_load_as_any_model(tmp_path, library_root):
    train(recipe("tagging"), library=library_root, out=tmp_path / "hear")
    metrics = train(
        recipe(audio_weights=str(tmp_path / "hear")), library=library_root, out=tmp_path / "both", resume=True
    )
    assert {"eval_ss_j", "eval_ms_f", "eval_msmi_jf", "eval_negative_marked"} <= set(metrics)
    assert json.loads((tmp_path / "both" / "recipe.json").read_text())["preset"] == "ravs-debug"
    assert RavsModel.from_pretrained(tmp_path / "both").config.classes == CLASSES


def brief(**training: object) -> Recipe:
    """A run of two steps, with a checkpoint after each."""
    choices = {"steps": 2, "batch_size": 2, "evaluate_every": 1, "warmup_steps": 0, "workers": 0}
    return replace(recipe(), training=OptimizerRecipe(**(choices | training)))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_loss_that_is_not_finite_ends_the_run_and_the_checkpoint_before_it_stays(tmp_path, library_root):
    with pytest.raises(RavsError, match=r"of step 2 is not finite \(clips: scene \d.*checkpoint-1"):
        train(brief(learning_rate=1e36), library=library_root, out=tmp_path / "run")
    assert last_complete_checkpoint(tmp_path / "run") == tmp_path / "run" / "checkpoint-1"
    assert not (tmp_path / "run" / "model.safetensors").exists()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_full_disk_ends_the_run_with_a_clear_error_and_it_resumes_when_there_is_room(
    tmp_path, library_root, monkeypatch
):
    saved, save = [], torch.save

    def save_or_fail(value: object, path: str) -> None:
        saved.append(path)
        if "checkpoint-2" in str(path):
            raise OSError(28, "No space left on device")
        save(value, path)

    monkeypatch.setattr(torch, "save", save_or_fail)
    with pytest.raises(RavsError, match=r"the disk is full .* checkpoint-2 could not be written.*checkpoint-1 is kept"):
        train(brief(ema=0.5), library=library_root, out=tmp_path / "run")
    assert saved and not list((tmp_path / "run").glob(".*"))
    monkeypatch.undo()
    metrics = train(brief(ema=0.5), library=library_root, out=tmp_path / "run")
    assert metrics == train(brief(ema=0.5), library=library_root, out=tmp_path / "run")  # done: nothing is done again
    made = json.loads((tmp_path / "run" / "run.json").read_text())
    assert {"ravs", "python", "torch", "transformers"} <= set(made["versions"]) and made["data"]["sha256"]
    assert read_log(tmp_path / "run" / "log.jsonl")[0]["batch_size"] == 2
    with pytest.raises(InputError, match=r"training\.ema 0\.5, not None"):
        train(brief(), library=library_root, out=tmp_path / "run")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_disk_that_is_full_when_a_record_of_the_log_is_written_gives_the_same_error(
    tmp_path, library_root, monkeypatch
):
    def fail(self: JsonlLog, record: dict) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(JsonlLog, "write", fail)
    with pytest.raises(RavsError, match=r"the disk is full .* a file of the run could not be written"):
        train(brief(), library=library_root, out=tmp_path / "run")


def test_half_precision_is_refused_without_a_gpu(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: False)
    with pytest.raises(InputError, match="fp16, which needs a GPU"):
        training_arguments(OptimizerRecipe(precision="fp16"), tmp_path)


def test_the_git_state_is_recorded_only_inside_a_repository(tmp_path):
    assert git_state(tmp_path) is None


def test_a_frozen_audio_encoder_cannot_be_trained_as_a_tagger_and_is_refused_at_once(tmp_path, library_root):
    frozen = replace(recipe("tagging"), model=MODEL | {"audio_encoder": "aisfx"})
    with pytest.raises(InputError, match=r"'tagging', which trains .* 'aisfx' is frozen: take logmel-cnn or panorama-"):
        train(frozen, library=library_root, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_validation_and_checkpoints_come_with_each_epoch_unless_steps_are_given(tmp_path):
    each, named = (training_arguments(OptimizerRecipe(evaluate_every=n), tmp_path) for n in (None, 7))
    assert (each.eval_strategy, each.save_strategy) == ("epoch", "epoch")
    assert (named.eval_strategy, named.eval_steps, named.save_strategy, named.save_steps) == ("steps", 7, "steps", 7)


def test_what_is_held_out_is_never_trained_on(tmp_path, library_root):
    held_out = tmp_path / "held_out.csv"
    held_out.write_text("path\nsounds/bell/train1.wav\nbackgrounds/train60.jpg\n")
    clips, _ = open_clips(recipe(data=replace(DATA, held_out=str(held_out))), library_root, tmp_path / "pool")
    left = {part.path for parts in clips.library.sounds.values() for part in parts}
    assert "sounds/bell/train0.wav" in left and "sounds/bell/train1.wav" not in left
    assert [part.path for part in clips.library.backgrounds] == ["backgrounds/train180.jpg"]
    assert {scene.backdrop.path for scene in clips.pool.scenes} == {"backgrounds/train180.jpg"}


def test_an_epoch_brings_new_audio_and_new_scenes(library, tmp_path, monkeypatch):
    monkeypatch.setattr(pool_room, "SCENES_PER_SHARD", 2)
    clips = TrainingClips(ScenePool.build(tmp_path, library, count=6, side=16, seed=1), library, directions=8)
    before = list(clips.pool.scenes)
    RenewScenes(clips, renewed=0.34).on_epoch_begin(TrainingArguments(), TrainerState(epoch=1.0), None)
    assert sum(old != new for old, new in zip(before, clips.pool.scenes, strict=True)) == 2
    assert int(clips._epoch) == 1


def test_a_muted_batch_has_silent_audio_and_no_tagging_targets(library):
    from ravs.training.data.tagging_clips import TaggingClips

    clips = TaggingClips(library, count=2, seed=0, varied=False, directions=8)
    config = RavsConfig.preset("ravs-debug", **MODEL)
    audible = ComposedCollator(config, tagging_only=True, seconds=5, spec_augment=False)([clips[0], clips[1]])
    muted = ComposedCollator(config, tagging_only=True, muted=True, seconds=5, spec_augment=False)([clips[0], clips[1]])
    assert audible["audio_features"][:, :, 0].amax() > -0.9
    assert torch.equal(muted["audio_features"][:, :, 0], torch.full_like(muted["audio_features"][:, :, 0], -1))
    assert "sounding" in audible and "sounding" not in muted
