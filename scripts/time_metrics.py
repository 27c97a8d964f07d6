"""Time the metrics: every binary protocol on as many frames as S4 has, 4,932 clips of 5 frames of 224 x 224.

`python scripts/time_metrics.py [CLIPS]`. Frames cycle through 100 smooth random ones with scores, ground truth,
confidence and uncertainty, so that everything is counted. One thread; the last line is JSON.
"""

import json
import sys
import time

import cv2
import numpy as np

from ravs.evaluation.metrics.frame_counts import ScoredFrame
from ravs.evaluation.metrics.scoreboard import Scoreboard, choose_protocols, count_frame, join_frames

CLIPS, SECONDS, SIDE = 4932, 5, 224


def random_frames(number: int) -> list[ScoredFrame]:
    """Random blobs, with scores that correlate with them."""
    rng = np.random.default_rng(0)
    frames = []
    for index in range(number):
        coarse = rng.standard_normal((2, 14, 14)).astype(np.float32)
        truth, noise = (cv2.resize(map_, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC) for map_ in coarse)
        probability = (1 / (1 + np.exp(-3 * (truth + noise)))).astype(np.float32)
        frames.append(
            ScoredFrame(
                labels=(probability > 0.5).astype(np.uint8),
                truth=(truth > 0.5).astype(np.uint8),
                num_classes=2,
                probability=probability,
                confidence=np.maximum(probability, 1 - probability),
                uncertainty=1 - np.abs(2 * probability - 1),
                second=index % SECONDS,
            )
        )
    return frames


def main() -> None:
    """Print the time of counting and of the report."""
    clips = int(sys.argv[1]) if len(sys.argv) > 1 else CLIPS
    frames, protocols = random_frames(100), choose_protocols("all", 2)
    board = Scoreboard(protocols)
    start_s = time.perf_counter()
    for clip in range(clips):
        first = clip * SECONDS % len(frames)
        counts = [count_frame(protocols, frame) for frame in frames[first : first + SECONDS]]
        board.add(f"clip {clip}", join_frames(protocols, [each for each in counts if each is not None]), SECONDS)
    counted_s = time.perf_counter() - start_s
    board.report(seed=0)
    total_s = time.perf_counter() - start_s
    names = ", ".join(protocol.name for protocol in protocols)
    sys.stdout.write(f"{clips} clips of {SECONDS} frames, {SIDE} x {SIDE}; {names}; intervals of 1,000 resamples\n")
    sys.stdout.write(json.dumps({"count_s": round(counted_s, 1), "report_s": round(total_s - counted_s, 1)}) + "\n")


if __name__ == "__main__":
    main()
