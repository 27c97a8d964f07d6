"""What a run that goes on reads from its checkpoints."""

from unittest.mock import Mock

import pytest
from torch import nn
from transformers import TrainerState

from ravs.errors import ModelNotFoundError
from ravs.training.average import WeightAverage
from ravs.training.run import go_on
from ravs.training.saving import SavingTrainer
from ravs.training.trainer import RavsTrainer


def test_the_best_checkpoint_is_found_in_a_folder_that_was_moved(tmp_path):
    state = TrainerState(global_step=4, max_steps=4, best_global_step=2, best_model_checkpoint="/before/checkpoint-2")
    last = tmp_path / "checkpoint-4"
    last.mkdir()
    state.save_to_json(str(last / "trainer_state.json"))
    trainer = Mock(spec=RavsTrainer, out=tmp_path, args=Mock(load_best_model_at_end=True))
    go_on(trainer, last)
    trainer._load_from_checkpoint.assert_called_once_with(str(tmp_path / "checkpoint-2"))
    trainer.train.assert_not_called()


def test_a_checkpoint_without_its_average_is_no_checkpoint_of_a_run_with_one(tmp_path):
    trainer = Mock(spec=SavingTrainer, average=WeightAverage(nn.Linear(1, 1), 0.9))
    with pytest.raises(ModelNotFoundError):
        SavingTrainer._load_average(trainer, tmp_path)
