"""Training: small runs of the debug model on a miniature library, from recipe to figures."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from time import sleep

import pytest
import torch
from filelock import FileLock
from transformers import TrainerState, TrainingArguments

from ravs.config import RavsConfig
from ravs.data import pool as pool_room
from ravs.data.batches import Collator
from ravs.data.pool import ScenePool
from ravs.data.training_clips import TrainingClips
from ravs.encoders.pyramid import PyramidTransformer
from ravs.errors import InputError, RavsError
from ravs.model import RavsModel
from ravs.recipe import DataRecipe, OptimiserRecipe, Recipe
from ravs.training import train
from ravs.training.arguments import training_arguments
from ravs.training.checkpoints import last_whole_checkpoint
from ravs.training.clips import clips_of
from ravs.training.epochs import EachEpoch, NewEpoch
from ravs.training.journal import Journal, read_log
from ravs.training.optimiser import parameter_groups
from ravs.training.order import SharedBatches
from ravs.training.record import git_state
from ravs.training.start import Tagger, build_model, checkpoint_activations, freeze_stages, part_of

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


def test_of_two_that_train_into_one_folder_the_second_waits_and_finds_the_run_done(tmp_path, library_root):
    out, said = tmp_path / "run", []
    train(recipe("tagging"), library=library_root, out=out)
    (out / "figures.json").rename(tmp_path / "figures.json")  # as if it were still at work
    with ThreadPoolExecutor() as pool:
        with FileLock(tmp_path / ".run.lock"):
            second = pool.submit(train, recipe("tagging"), library=library_root, out=out, report=said.append)
            while not said:
                sleep(0.01)
            assert "another process trains into it" in said[0] and not second.done()
            (tmp_path / "figures.json").rename(out / "figures.json")
        assert second.result() == json.loads((out / "figures.json").read_text())
    assert len(said) == 2 and "is done" in said[1]


def test_a_folder_with_a_run_of_another_recipe_is_refused(tmp_path, library_root):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "recipe.json").write_text("{}")
    with pytest.raises(
        InputError, match=r"holds a run of another recipe \(data.*scenes 2400, not 8.*choose another --out"
    ):
        train(recipe(), library=library_root, out=tmp_path / "run")


def brief(**training: object) -> Recipe:
    """A run of two steps, with a checkpoint after each."""
    choices = {"steps": 2, "batch_size": 2, "evaluate_every": 1, "warmup_steps": 0, "workers": 0}
    return replace(recipe(), training=OptimiserRecipe(**(choices | training)))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_loss_that_is_no_number_ends_the_run_and_the_checkpoint_before_it_stays(tmp_path, library_root):
    with pytest.raises(RavsError, match=r"of step 2 is no finite number \(clips: scene \d.*checkpoint-1"):
        train(brief(learning_rate=1e36), library=library_root, out=tmp_path / "run")
    assert last_whole_checkpoint(tmp_path / "run") == tmp_path / "run" / "checkpoint-1"
    assert not (tmp_path / "run" / "model.safetensors").exists()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_full_disk_ends_the_run_with_a_clear_word_and_it_goes_on_when_there_is_room(
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
    figures = train(brief(ema=0.5), library=library_root, out=tmp_path / "run")
    assert figures == train(brief(ema=0.5), library=library_root, out=tmp_path / "run")  # done: nothing is done again
    made = json.loads((tmp_path / "run" / "run.json").read_text())
    assert {"ravs", "python", "torch", "transformers"} <= set(made["versions"]) and made["data"]["sha256"]
    assert read_log(tmp_path / "run" / "log.jsonl")[0]["batch_size"] == 2
    with pytest.raises(InputError, match=r"training\.ema 0\.5, not None"):
        train(brief(), library=library_root, out=tmp_path / "run")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_disk_that_is_full_when_a_record_of_the_log_is_written_gets_the_same_word(
    tmp_path, library_root, monkeypatch
):
    def fail(self: Journal, record: dict) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Journal, "write", fail)
    with pytest.raises(RavsError, match=r"the disk is full .* a file of the run could not be written"):
        train(brief(), library=library_root, out=tmp_path / "run")


def test_the_visual_encoder_is_frozen_for_the_first_epochs_alone():
    model = RavsModel(RavsConfig.preset("ravs-debug"))
    each = EachEpoch(SharedBatches(8, batch_size=2), model, frozen_epochs=2)
    seen = []
    for epoch in (0.0, 1.5, 2.0):
        each.on_epoch_begin(TrainingArguments(use_cpu=True), TrainerState(epoch=epoch), None)
        seen.append(any(one.requires_grad for one in model.visual_encoder.parameters()))
    assert seen == [False, False, True] and each.order.epoch == 2
    assert all(one.requires_grad for one in model.decoder.parameters())


def test_a_model_of_transformers_layers_has_the_same_gradients_with_less_memory(monkeypatch):
    monkeypatch.setattr("ravs.shell.build_visual_encoder", lambda name: PyramidTransformer(depths=(1, 1, 1, 1)))
    torch.manual_seed(0)
    model = RavsModel(RavsConfig.preset("ravs-debug", visual_encoder="pvt-v2-b5")).train()
    inputs = {
        "pixel_values": torch.randn(1, 1, 3, 32, 32),
        "audio_features": torch.randn(1, 1, 2, 100, 64),
        "masks": torch.randint(0, 3, (1, 1, 32, 32)),
    }

    def gradients() -> dict[str, torch.Tensor]:
        model.zero_grad()
        torch.manual_seed(1)  # of stochastic depth
        model(**inputs).loss.backward()
        return {name: one.grad.clone() for name, one in model.named_parameters() if one.grad is not None}

    plain = gradients()
    checkpoint_activations(model)
    assert model.visual_encoder.model.encoder.layers[0].gradient_checkpointing
    again = gradients()
    assert plain.keys() == again.keys()
    for name, gradient in plain.items():
        torch.testing.assert_close(again[name], gradient)


def test_checkpointing_is_refused_where_no_layer_can():
    with pytest.raises(InputError, match="visual_encoder debug has no layers of transformers'"):
        checkpoint_activations(RavsModel(RavsConfig.preset("ravs-debug")))


def test_half_precision_is_refused_without_a_gpu(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: False)
    with pytest.raises(InputError, match="fp16, which needs a GPU"):
        training_arguments(OptimiserRecipe(precision="fp16"), tmp_path)


def test_git_is_told_inside_a_repository_alone(tmp_path):
    assert git_state(tmp_path) is None


def test_a_recipe_that_fails_leaves_no_run_behind(tmp_path, library_root):
    wrong = Recipe(preset="ravs-debug", model={"decoder_widht": 8}, data=DATA)
    with pytest.raises(InputError, match="did you mean 'decoder_width'"):
        train(wrong, library=library_root, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_batch_that_cannot_be_had_is_refused_before_an_earlier_run_is_removed(tmp_path, library_root):
    train(recipe("tagging"), library=library_root, out=tmp_path / "run")
    before = sorted(path.name for path in (tmp_path / "run").iterdir())
    few = replace(recipe(), training=replace(recipe().training, batch_size=500))
    with pytest.raises(InputError, match="batch_size is 500, and there are 8 to train on"):
        train(few, library=library_root, out=tmp_path / "run", resume=False)
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == before


def test_a_run_may_be_made_in_the_folder_that_one_stands_in(tmp_path, library_root, monkeypatch):
    (tmp_path / "run").mkdir()
    monkeypatch.chdir(tmp_path / "run")
    assert train(recipe("tagging"), library=library_root, out=Path())
    assert (tmp_path / "pool").is_dir() and not (tmp_path / "run" / "pool").exists()


@pytest.mark.parametrize("resume", [True, False])
def test_checkpoints_of_another_program_are_neither_removed_nor_gone_on_from(resume, tmp_path, library_root):
    (tmp_path / "run" / "checkpoint-500").mkdir(parents=True)
    (tmp_path / "run" / "checkpoint-500" / "trainer_state.json").write_text('{"global_step": 500, "max_steps": 900}')
    with pytest.raises(InputError, match="run holds checkpoint-500 of no run that is known: choose another --out"):
        train(recipe("tagging"), library=library_root, out=tmp_path / "run", resume=resume)
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["checkpoint-500"]


@pytest.mark.parametrize("resume", [True, False])
def test_weights_and_figures_of_no_run_are_neither_taken_for_one_nor_replaced(resume, tmp_path, library_root):
    (tmp_path / "run").mkdir()
    for name in ("figures.json", "model.safetensors"):
        (tmp_path / "run" / name).write_text("{}")
    with pytest.raises(InputError, match=r"run holds figures\.json of no run that is known"):
        train(recipe("tagging"), library=library_root, out=tmp_path / "run", resume=resume)
    assert (tmp_path / "run" / "model.safetensors").read_text() == "{}"


def test_a_file_in_the_place_of_the_runs_folder_is_told(tmp_path, library_root):
    (tmp_path / "run").write_text("mine")
    with pytest.raises(InputError, match="run is a file; name a folder for the run"):
        train(recipe(), library=library_root, out=tmp_path / "run")


def test_ears_that_composed_clips_cannot_teach_are_refused_at_once(tmp_path, library_root):
    wrong = MODEL | {"audio_encoder": "vggish"}
    with pytest.raises(InputError, match="audio_encoder is 'vggish'; composed clips train logmel-cnn and panorama-cnn"):
        train(Recipe(preset="ravs-debug", model=wrong, data=DATA), library=library_root, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_validation_and_checkpoints_come_with_each_epoch_unless_steps_are_named(tmp_path):
    each, named = (training_arguments(OptimiserRecipe(evaluate_every=n), tmp_path) for n in (None, 7))
    assert (each.eval_strategy, each.save_strategy) == ("epoch", "epoch")
    assert (named.eval_strategy, named.eval_steps, named.save_strategy, named.save_steps) == ("steps", 7, "steps", 7)


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
    clips = TrainingClips(ScenePool.build(tmp_path, library, count=6, side=16, seed=1), library, directions=8)
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
    with pytest.raises(InputError, match="frozen_stages is 9, and the visual encoder has 4"):
        freeze_stages(encoder, 9)


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

    clips = SoundClips(library, count=2, seed=0, varied=False, directions=8)
    config = RavsConfig.preset("ravs-debug", **MODEL)
    heard = Collator(config, tagging_only=True, seconds=5, spoiled=False)([clips[0], clips[1]])
    muted = Collator(config, tagging_only=True, muted=True, seconds=5, spoiled=False)([clips[0], clips[1]])
    assert heard["audio_features"][:, :, 0].amax() > -0.9
    assert torch.equal(muted["audio_features"][:, :, 0], torch.full_like(muted["audio_features"][:, :, 0], -1))
    assert "sounding" in heard and "sounding" not in muted
