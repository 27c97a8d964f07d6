"""Frames to be scored, made from the golden arrays."""

import numpy as np
import pytest

from ravs.evaluation.metrics.frame_counts import ScoredFrame
from ravs.evaluation.metrics.scoreboard import Scoreboard, choose_protocols, count_frame, join_frames
from support import golden


def binary_frames(truth, logits):
    probability = (1 / (1 + np.exp(-logits))).astype(np.float32)
    return [
        ScoredFrame(
            labels=(p > 0.5).astype(np.uint8),
            truth=true,
            num_classes=2,
            probability=p,
            confidence=np.maximum(p, 1 - p),
            second=second,
        )
        for second, (p, true) in enumerate(zip(probability, truth, strict=True))
    ]


def semantic_frames(truth, scores):
    labels = scores.argmax(axis=1).astype(np.uint8)
    return [
        ScoredFrame(labels=label, truth=true, num_classes=scores.shape[1], second=second)
        for second, (label, true) in enumerate(zip(labels, truth, strict=True))
    ]


@pytest.fixture
def binary():
    return binary_frames(*golden.binary())


@pytest.fixture
def semantic():
    return semantic_frames(*golden.semantic())


@pytest.fixture
def score():
    """Scores videos, each a list of frames, under the protocols of a comma list."""

    def run(*videos, protocols="all", batch_size=20, seed=None):
        chosen = choose_protocols(protocols, videos[0][0].num_classes, batch_size)
        board = Scoreboard(chosen)
        for number, frames in enumerate(videos):
            counts = [count_frame(chosen, frame) for frame in frames]
            board.add(f"video {number}", join_frames(chosen, counts), len(frames))
        return board.report(seed)

    return run
