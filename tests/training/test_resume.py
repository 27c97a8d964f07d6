"""What a run that resumes reads from its checkpoints."""

from unittest.mock import Mock

import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from transformers import TrainerState

from ravs.errors import ModelNotFoundError
from ravs.training.run import train_to_end
from ravs.training.run_folder.checkpoints import check_complete
from ravs.training.run_folder.names import EMA_WEIGHTS
from ravs.training.trainer.checkpointing import CheckpointingTrainer
from ravs.training.trainer.ema import WeightEma
from ravs.training.trainer.trainer import RavsTrainer


def test_the_best_checkpoint_is_found_in_a_folder_that_was_moved(tmp_path):
    state = TrainerState(global_step=4, max_steps=4, best_global_step=2, best_model_checkpoint="/before/checkpoint-2")
    last = tmp_path / "checkpoint-4"
    last.mkdir()
    state.save_to_json(str(last / "trainer_state.json"))
    trainer = Mock(spec=RavsTrainer, out=tmp_path, args=Mock(load_best_model_at_end=True))
    train_to_end(trainer, last)
    trainer._load_from_checkpoint.assert_called_once_with(str(tmp_path / "checkpoint-2"))
    trainer.train.assert_not_called()


def test_a_checkpoint_without_ema_weights_does_not_fit_a_run_with_them(tmp_path):
    trainer = Mock(spec=CheckpointingTrainer, ema=WeightEma(nn.Linear(1, 1), 0.9))
    with pytest.raises(ModelNotFoundError):
        CheckpointingTrainer._load_ema(trainer, tmp_path)
    save_file(
        {"weight": torch.ones(1), "bias": torch.ones(1)}, tmp_path / EMA_WEIGHTS
    )  # copy_ would broadcast its one row
    with pytest.raises(
        ModelNotFoundError, match=r"average\.safetensors are not those of this run: of another shape weight"
    ):
        CheckpointingTrainer._load_ema(trainer, tmp_path)


@pytest.mark.parametrize(
    ("state", "named"),
    [
        ({"weight": torch.ones(1, 1)}, "missing bias"),
        ({"weight": torch.ones(1, 1), "bias": torch.ones(1), "encoder.block.0": torch.ones(1)}, "surplus encoder"),
        ({"weight": torch.ones(1, 1), "bias": torch.ones(1, dtype=torch.int8)}, "of another kind bias"),
    ],
)
def test_weights_of_a_checkpoint_that_do_not_fit_stop_the_run_and_change_nothing(tmp_path, state, named):
    model = nn.Linear(1, 1)
    before = model.weight.clone()
    save_file(state, tmp_path / "model.safetensors")
    trainer = Mock(spec=CheckpointingTrainer, model=model, ema=None, accelerator=Mock(unwrap_model=lambda m, **_: m))
    with pytest.raises(ModelNotFoundError, match=named):
        CheckpointingTrainer._load_weights(trainer, tmp_path)
    assert torch.equal(model.weight, before)


@pytest.mark.parametrize("missing", ["optimizer.pt", "scheduler.pt", "rng_state.pth"])
def test_a_checkpoint_without_a_part_of_what_training_resumes_from_stops_the_run(tmp_path, missing):
    for name in {"optimizer.pt", "scheduler.pt", "rng_state.pth"} - {missing}:
        (tmp_path / name).touch()
    with pytest.raises(ModelNotFoundError, match=f"has no {missing.partition('.')[0]}"):
        check_complete(tmp_path)
    (tmp_path / missing).touch()
    check_complete(tmp_path)
