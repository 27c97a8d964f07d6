"""A run that is killed again and again, beside one that is not: python stopped_run.py LIBRARY FOLDER SEED.

Each attempt is a fork of this process, which has imported everything. Some are ended after a random share of the
processor's time, which other work beside it does not change, some are killed at a random file operation in the run's
folder: in the middle of a checkpoint, between its files, while it is moved.
Prints one JSON object.
"""

import json
import os
import random
import signal
import sys
from pathlib import Path

import torch

from ravs.config.recipe import read_recipe
from ravs.files import content_hash
from ravs.training import train
from ravs.training.callbacks.log import read_log
from ravs.training.run_folder.checkpoints import last_complete_checkpoint

CHANGES = ("model.classes=[bell, horn, drum, whistle]", "training.steps=10", "training.evaluate_every=2")
EVENTS = ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.rmtree", "shutil.move")


def attempt(library: Path, out: Path, *, fatal_event: int = 0, fatal_cpu_s: float = 0.0) -> tuple[bool, float]:
    """The run in a fork of this process: whether it was ended, and how much of a processor's time it took.

    It is killed at its file operation `fatal_event`, or ended in any state when it has taken `fatal_cpu_s`.
    """
    process = os.fork()
    if process == 0:
        signal.setitimer(signal.ITIMER_PROF, fatal_cpu_s)
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
            train(read_recipe("debug", CHANGES), library=library, out=out)
            code = 0
        finally:
            (out.parent / "events.txt").write_text(str(seen[0]))
            os._exit(code)
    _, status, used = os.wait4(process, 0)
    fatal = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    assert fatal in (0, signal.SIGKILL, signal.SIGPROF), f"the run was ended by signal {fatal}"
    assert fatal or os.WEXITSTATUS(status) == 0, "the run failed by itself"
    return bool(fatal), used.ru_utime + used.ru_stime


def curve(out: Path) -> list[dict]:
    """The log of the steps, without times and memory."""
    kept = ("loss", "grad_norm", "eval_ss_j", "eval_ms_loss", "eval_negative_loss", "step", "learning_rate")
    records = [{key: record[key] for key in kept if key in record} for record in read_log(out / "log.jsonl")]
    return [record for record in records if len(record) > 1]


def main(library: Path, folder: Path, seed: int) -> None:
    """Kill, resume, compare."""
    torch.set_num_threads(1)
    chance = random.Random(seed)
    unbroken, broken = folder / "unbroken" / "run", folder / "broken" / "run"
    unbroken.parent.mkdir(parents=True)
    broken.parent.mkdir(parents=True)
    ended, lasted_s = attempt(library, unbroken)
    assert not ended
    events = int((unbroken.parent / "events.txt").read_text())
    kills = []
    for number in range(9):
        if number % 3 == 0:
            ended, _ = attempt(library, broken, fatal_cpu_s=chance.uniform(0.1, 0.6) * lasted_s)
        else:
            ended, _ = attempt(library, broken, fatal_event=chance.randrange(1, events // 3))
        if ended:
            kept = last_complete_checkpoint(broken)
            kills.append(kept.name if kept else "none")
    assert not attempt(library, broken)[0]
    (broken / "figures.json").unlink()  # as if it had been killed after its last checkpoint
    assert not attempt(library, broken)[0]
    print(json.dumps({"kills": kills, **compared(unbroken, broken)}))  # noqa: T201


def compared(unbroken: Path, broken: Path) -> dict:
    """Weights, curves and metrics of both, and what is left in the broken run's folder."""
    hashes = [content_hash(out / "model.safetensors") for out in (unbroken, broken)]
    curves = [curve(out) for out in (unbroken, broken)]
    metrics = [json.loads((out / "figures.json").read_text()) for out in (unbroken, broken)]
    for one in metrics:
        for key in [key for key in one if "runtime" in key or "per_second" in key]:
            del one[key]
    left = sorted(path.name for path in broken.iterdir())
    return {"hashes": hashes, "curves": curves, "metrics": metrics, "left": left}


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
