"""Training: small runs of the debug model on a miniature library, from recipe to figures."""

import json
from dataclasses import replace

import pytest
import torch
from transformers import TrainerState, TrainingArguments

from ravs.config import RavsConfig
from ravs.data import pool as pool_room
from ravs.data.batches import Collator
from ravs.data.pool import ScenePool
from ravs.data.training_clips import TrainingClips
from ravs.errors import InputError
from ravs.model import RavsModel
from ravs.recipe import DataRecipe, OptimiserRecipe, Recipe
from ravs.training import train
from ravs.training.arguments import training_arguments
from ravs.training.checkpoints import last_whole_checkpoint
from ravs.training.clips import clips_of
from ravs.training.epochs import NewEpoch
from ravs.training.optimiser import parameter_groups
from ravs.training.start import Tagger, build_model, freeze_stages, part_of
from ravs.weights import read_state

CLASSES = ("bell", "horn", "drum", "whistle")
MODEL = {"classes": CLASSES, "audio_directions": 8}
DATA = DataRecipe(scenes=8, size=32, seconds=2, validation_clips=2, validation_size=32, held_out=None)


def recipe(task: str = "segmentation", *, steps: int = 2, data: DataRecipe = DATA, **more: object) -> Recipe:
    training = OptimiserRecipe(steps=steps, batch_size=2, evaluate_every=2, warmup_steps=1, workers=0)
    return Recipe(task=task, preset="ravs-debug", model=MODEL, data=data, training=training, **more)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_tagger_then_a_whole_model_are_trained_and_load_as_any_model(tmp_path, library_root):
    train(recipe("tagging"), library=library_root, out=tmp_path / "hear")
    figures = train(
        recipe(audio_weights=str(tmp_path / "hear")), library=library_root, out=tmp_path / "both", resume=True
    )
    assert {"eval_ss_j", "eval_ms_f", "eval_msmi_jf", "eval_negative_marked"} <= set(figures)
    assert json.loads((tmp_path / "both" / "recipe.json").read_text())["preset"] == "ravs-debug"
    assert RavsModel.from_pretrained(tmp_path / "both").config.classes == CLASSES


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_run_that_was_stopped_ends_with_the_weights_of_an_unbroken_one(tmp_path, library_root):
    unbroken = recipe(steps=4)
    train(unbroken, library=library_root, out=tmp_path / "whole")
    stopped = tmp_path / "stopped"
    train(unbroken, library=library_root, out=stopped)
    (stopped / "model.safetensors").unlink()
    for path in sorted((stopped / "checkpoint-4").iterdir()):
        path.unlink()
    (stopped / "checkpoint-4").rmdir()  # as if it had been killed after the second step
    train(unbroken, library=library_root, out=stopped)
    whole, resumed = (read_state(tmp_path / name / "model.safetensors") for name in ("whole", "stopped"))
    for key in whole:
        torch.testing.assert_close(resumed[key], whole[key], rtol=0, atol=0)


def test_a_folder_with_a_run_of_another_recipe_is_refused(tmp_path, library_root):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "recipe.json").write_text("{}")
    with pytest.raises(
        InputError, match=r"holds a run of another recipe \(data.*scenes 2400, not 8.*choose another --out"
    ):
        train(recipe(), library=library_root, out=tmp_path / "run")


def test_a_recipe_that_fails_leaves_no_run_behind(tmp_path, library_root):
    wrong = Recipe(preset="ravs-debug", model={"decoder_widht": 8}, data=DATA)
    with pytest.raises(InputError, match="did you mean 'decoder_width'"):
        train(wrong, library=library_root, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("wrong", [{"audio_directions": 3}, {"audio_encoder": "vggish"}])
def test_ears_that_composed_clips_cannot_teach_are_refused_at_once(tmp_path, library_root, wrong):
    with pytest.raises(InputError, match=f"{next(iter(wrong))} is .*composed clips"):
        train(Recipe(preset="ravs-debug", model=MODEL | wrong), library=library_root, out=tmp_path / "run")


def test_validation_and_checkpoints_come_with_each_epoch_unless_steps_are_named(tmp_path):
    each, named = (training_arguments(OptimiserRecipe(evaluate_every=n), tmp_path) for n in (None, 7))
    assert (each.eval_strategy, each.save_strategy) == ("epoch", "epoch")
    assert (named.eval_strategy, named.eval_steps, named.save_strategy, named.save_steps) == ("steps", 7, "steps", 7)


def test_a_checkpoint_that_was_cut_off_is_passed_over(tmp_path):
    for step, files in ((2, ("trainer_state.json",)), (10, ("trainer_state.json",)), (12, ("model.safetensors",))):
        (tmp_path / f"checkpoint-{step}").mkdir()
        for name in files:
            (tmp_path / f"checkpoint-{step}" / name).write_text('{"global_step": 1}')
    assert last_whole_checkpoint(tmp_path) == tmp_path / "checkpoint-10"
    assert last_whole_checkpoint(tmp_path / "nowhere") is None


def test_what_is_held_out_is_never_trained_on(tmp_path, library_root):
    held_out = tmp_path / "held_out.csv"
    held_out.write_text("path\nsounds/bell/train1.wav\nbackgrounds/train60.jpg\n")
    clips, _ = clips_of(recipe(data=replace(DATA, held_out=str(held_out))), library_root, tmp_path / "pool")
    left = {part.path for parts in clips.library.sounds.values() for part in parts}
    assert "sounds/bell/train0.wav" in left and "sounds/bell/train1.wav" not in left
    assert [part.path for part in clips.library.backgrounds] == ["backgrounds/train180.jpg"]
    assert {scene.backdrop.path for scene in clips.pool.scenes} == {"backgrounds/train180.jpg"}


def test_an_epoch_brings_new_sounds_and_new_scenes(library, tmp_path, monkeypatch):
    monkeypatch.setattr(pool_room, "SHARD", 2)
    clips = TrainingClips(ScenePool.build(tmp_path, library, count=6, side=16, seed=1), library)
    before = list(clips.pool.scenes)
    NewEpoch(clips, renewed=0.34).on_epoch_begin(TrainingArguments(), TrainerState(epoch=1.0), None)
    assert sum(old != new for old, new in zip(before, clips.pool.scenes, strict=True)) == 2
    assert int(clips._epoch) == 1


def test_a_run_on_everything_in_view_gives_eyes_decoder_and_heads(tmp_path):
    sight = RavsModel(RavsConfig.preset("ravs-debug", alignment="none", contrastive=False, **MODEL))
    sight.save_pretrained(tmp_path)
    model = build_model(recipe(sight_weights=str(tmp_path)))
    for name in ("visual_encoder", "decoder", "temporal", "heads"):
        for key, value in getattr(sight, name).state_dict().items():
            torch.testing.assert_close(getattr(model, name).state_dict()[key], value)
    fresh = build_model(recipe())
    torch.testing.assert_close(model.alignments[0].project_out.weight, fresh.alignments[0].project_out.weight * 0.1)


def test_encoders_learn_at_a_lower_rate_and_vectors_do_not_decay():
    model = RavsModel(RavsConfig.preset("ravs-debug"))
    groups = parameter_groups(model, OptimiserRecipe(learning_rate=1.0, encoder_rate=0.25, weight_decay=0.5))
    settings = {id(p): (group["lr"], group["weight_decay"]) for group in groups for p in group["params"]}
    assert settings[id(model.decoder.fuse.weight)] == (1.0, 0.5)
    assert settings[id(model.decoder.norm.weight)] == (1.0, 0.0)
    assert settings[id(model.visual_encoder.stem.conv.weight)] == (0.25, 0.5)
    assert len(settings) == sum(1 for _ in model.parameters())


def test_frozen_stages_get_no_gradient_and_later_ones_do():
    encoder = RavsModel(RavsConfig.preset("ravs-debug")).visual_encoder
    freeze_stages(encoder, 1)
    assert not any(p.requires_grad for part in (encoder.stem, encoder.stages[0]) for p in part.parameters())
    assert all(p.requires_grad for p in encoder.stages[1].parameters())


def test_what_a_tagger_learnt_is_what_the_whole_model_starts_from(tmp_path):
    from safetensors.torch import save_file

    torch.manual_seed(5)
    tagger = Tagger(RavsModel(RavsConfig.preset("ravs-debug", **MODEL)))
    save_file(tagger.state_dict(), tmp_path / "model.safetensors")
    model = build_model(recipe(audio_weights=str(tmp_path)))
    expected = part_of(tagger.state_dict(), "audio_encoder")
    assert expected.keys() == model.audio_encoder.state_dict().keys()
    for key, value in model.audio_encoder.state_dict().items():
        torch.testing.assert_close(value, expected[key])


def test_a_muted_batch_hears_silence_and_asks_for_no_tags(library):
    from ravs.data.hearing import SoundClips

    clips = SoundClips(library, count=2, seed=0, varied=False)
    config = RavsConfig.preset("ravs-debug", **MODEL)
    heard = Collator(config, tagging_only=True, seconds=5, spoiled=False)([clips[0], clips[1]])
    muted = Collator(config, tagging_only=True, muted=True, seconds=5, spoiled=False)([clips[0], clips[1]])
    assert heard["audio_features"][:, :, 0].amax() > -0.9
    assert torch.equal(muted["audio_features"][:, :, 0], torch.full_like(muted["audio_features"][:, :, 0], -1))
    assert "sounding" in heard and "sounding" not in muted
