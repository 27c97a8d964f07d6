"""A run that is killed again and again, beside one that is not: python stopping.py LIBRARY FOLDER SEED.

Each attempt is a fork of this process, which has imported everything. Some are killed after a random time, some at a
random file operation in the run's folder: in the middle of a checkpoint, between its files, while it is moved.
Prints one JSON object.
"""

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import torch

from ravs.files import content_hash
from ravs.recipe import read_recipe
from ravs.training import train
from ravs.training.checkpoints import last_whole_checkpoint
from ravs.training.journal import read_log

RECIPE = Path(__file__).parents[2] / "recipes" / "debug.yaml"
CHANGES = ("model.classes=[bell, horn, drum, whistle]", "training.steps=10", "training.evaluate_every=2")
EVENTS = ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.rmtree", "shutil.move")


def attempt(library: Path, out: Path, fatal_event: int | None = None) -> int:
    """Start the run in a fork; returns its process. With `fatal_event` it kills itself at that file operation."""
    process = os.fork()
    if process == 0:
        os.dup2(os.open(out.parent / "output.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND), 1)
        os.dup2(1, 2)
        seen = [0]

        def on_event(name: str, details: tuple) -> None:
            if name in EVENTS and str(details[0]).startswith(str(out)):
                seen[0] += 1
                if seen[0] == fatal_event:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(on_event)
        code = 1
        try:
            train(read_recipe(RECIPE, CHANGES), library=library, out=out)
            code = 0
        finally:
            (out.parent / "events.txt").write_text(str(seen[0]))
            os._exit(code)
    return process


def ended_by(process: int) -> int:
    """Waits for a process; the signal that ended it, or 0."""
    status = os.waitpid(process, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the run failed by itself"
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def curve(out: Path) -> list[dict]:
    """What the log says of the steps, without times and memory."""
    kept = ("loss", "grad_norm", "eval_ss_j", "eval_ms_loss", "eval_negative_loss", "step", "learning_rate")
    records = [{key: record[key] for key in kept if key in record} for record in read_log(out / "log.jsonl")]
    return [record for record in records if len(record) > 1]


def main(library: Path, folder: Path, seed: int) -> None:
    """Kill, go on, compare."""
    torch.set_num_threads(1)
    chance = random.Random(seed)
    whole, broken = folder / "whole" / "run", folder / "broken" / "run"
    whole.parent.mkdir(parents=True)
    broken.parent.mkdir(parents=True)
    began = time.monotonic()
    assert ended_by(attempt(library, whole)) == 0
    lasted_s = time.monotonic() - began
    events = int((whole.parent / "events.txt").read_text())
    kills = []
    for number in range(9):
        by_time = number % 3 == 0
        process = attempt(library, broken, None if by_time else chance.randrange(1, events // 2))
        if by_time:
            time.sleep(chance.uniform(0.1, 0.6) * lasted_s)
            os.kill(process, signal.SIGKILL)
        if ended_by(process):
            kept = last_whole_checkpoint(broken)
            kills.append(kept.name if kept else "none")
    assert ended_by(attempt(library, broken)) == 0
    (broken / "figures.json").unlink()  # as if it had been killed after its last checkpoint
    assert ended_by(attempt(library, broken)) == 0
    print(json.dumps({"kills": kills, **compared(whole, broken)}))  # noqa: T201


def compared(whole: Path, broken: Path) -> dict:
    """Weights, curves and figures of both, and what lies in the broken run's folder."""
    hashes = [content_hash(out / "model.safetensors") for out in (whole, broken)]
    curves = [curve(out) for out in (whole, broken)]
    figures = [json.loads((out / "figures.json").read_text()) for out in (whole, broken)]
    for one in figures:
        for key in [key for key in one if "runtime" in key or "per_second" in key]:
            del one[key]
    left = sorted(path.name for path in broken.iterdir())
    return {"hashes": hashes, "curves": curves, "figures": figures, "left": left}


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
