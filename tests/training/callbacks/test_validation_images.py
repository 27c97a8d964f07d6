"""Validation images in a run's folder."""

import numpy as np
import pytest
from PIL import Image
from transformers import TrainerState, TrainingArguments
from transformers.integrations import TensorBoardCallback

from ravs.config import RavsConfig
from ravs.inference.processor import RavsProcessor
from ravs.modeling.ravs import RavsModel
from ravs.structures.clip import LabelledClip
from ravs.training.callbacks.validation_images import TILE, ValidationImages, draw_second, tensorboard_logger
from ravs.training.data.training_data import TrainingData

CONFIG = RavsConfig.preset("ravs-debug", image_size=32)


def a_clip():
    masks = np.full((2, 24, 24), 255, np.uint8)
    masks[1, :12] = 1
    masks[1, 12:] = 0
    return LabelledClip(
        frames=np.full((2, 24, 24, 3), 90, np.uint8),
        waveform=np.zeros((1, 32_000), np.float32),
        times_s=np.array([0.9, 1.9]),
        sample_rate_hz=16_000,
        masks=masks,
        name="s4/dog/one",
    )


def callback_of(folder, shown):
    material = TrainingData(
        training=[],
        validation=[],
        collate=dict,
        collate_validation=dict,
        score=None,
        shown=(a_clip(),),
        processor=RavsProcessor(CONFIG),
    )
    return ValidationImages(material, folder, lambda path, step: shown.append((path.name, step)))


def test_an_image_is_drawn_once_a_validation_by_the_first_process_and_the_model_stays_in_training_mode(tmp_path):
    shown, model = [], RavsModel(CONFIG).train()
    callback = callback_of(tmp_path, shown)
    for step, first in ((20, True), (20, True), (300, True), (400, False)):
        state = TrainerState(global_step=step, is_world_process_zero=first)
        callback.on_evaluate(TrainingArguments(str(tmp_path)), state, None, model=model)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["step-000020.png", "step-000300.png"]
    assert shown == [("step-000020.png", 20), ("step-000300.png", 300)]
    assert model.training
    with Image.open(tmp_path / "step-000020.png") as image:
        assert image.height > 4 * TILE


def test_the_labelled_second_is_drawn_with_its_ground_truth(tmp_path):
    frame, truth, _, uncertainty = draw_second(RavsModel(CONFIG), RavsProcessor(CONFIG), a_clip())
    changed = (truth != frame).any(axis=2)
    assert changed[: TILE // 2 - 3].all() and not changed[TILE // 2 + 3 :].any()
    assert uncertainty.shape == (TILE, TILE) and 0 <= uncertainty.min() <= uncertainty.max() <= 1


def test_a_run_that_logs_to_tensorboard_keeps_its_images_there_while_it_trains(tmp_path):
    board = pytest.importorskip("torch.utils.tensorboard", reason="TensorBoard comes with the extra train")
    events = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    logger, model = TensorBoardCallback(board.SummaryWriter(str(tmp_path / "events"))), RavsModel(CONFIG)
    callback = callback_of(tmp_path / "strips", [])
    callback.show = tensorboard_logger([callback, logger])
    arguments = TrainingArguments(str(tmp_path))
    callback.on_evaluate(arguments, TrainerState(global_step=20), None, model=model)
    logger.on_train_end(arguments, TrainerState(), None)
    callback.on_evaluate(arguments, TrainerState(global_step=40), None, model=model)  # TensorBoard is closed by now
    found = events.EventAccumulator(str(tmp_path / "events")).Reload().Images("validation")
    with Image.open(tmp_path / "strips" / "step-000020.png") as image:
        assert [(one.step, one.width, one.height) for one in found] == [(20, *image.size)]


def test_without_tensorboard_images_are_shown_nowhere_else():
    assert tensorboard_logger([]) is None
