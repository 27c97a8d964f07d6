"""One recipe by several processes under torchrun: python distributed_run.py LIBRARY FOLDER float64=10 float32=1

Each process is a fork of this one, which has imported everything. Runs of so many steps go to FOLDER/KIND/processes-N.
"""

import os
import signal
import socket
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any
from unittest import mock

import torch

from ravs.config.recipe import read_recipe
from ravs.training import run as training_run
from ravs.training import train
from ravs.training.trainer.trainer import RavsTrainer
from ravs.training.validation_metrics import MaskScore


class DoubleTrainer(RavsTrainer):
    """In float64 up to the last step; validation and its images are in float32, as always."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs["model"].double()
        super().__init__(**kwargs)

    def _prepare_input(self, data: Any) -> Any:
        data = super()._prepare_input(data)
        kind = next(self.model.parameters()).dtype
        return data.to(kind) if isinstance(data, torch.Tensor) and data.is_floating_point() else data

    def compute_loss(self, *args: Any, **kwargs: Any) -> Any:
        with mock.patch.object(torch.Tensor, "float", torch.Tensor.double):  # what the model does in float32, too
            return super().compute_loss(*args, **kwargs)

    def evaluate(self, *args: Any, **kwargs: Any) -> Any:
        self.model.float()  # the last step is taken
        return super().evaluate(*args, **kwargs)


def counted(score: Any, folder: Path) -> Any:
    """The score, which also writes how many clips each process gives it: a line for each batch."""

    def count(self: Any, evaluated: Any, compute_result: bool) -> Any:
        with (folder / f"counted-{os.environ.get('RANK', 0)}.txt").open("a") as file:
            file.write(f"{len(evaluated.predictions)}\n")
        return score(self, evaluated, compute_result)

    return count


def take_part(library: Path, out: Path, trainer: type[RavsTrainer], changes: tuple[str, ...]) -> None:
    """One process of a run; it ends with the code 0 if all went well."""
    code = 1
    training_run.RavsTrainer = trainer
    MaskScore.__call__ = counted(MaskScore.__call__, out)
    try:
        train(read_recipe("debug", changes), library=library, out=out)
        code = 0
    except Exception:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


def run(library: Path, folder: Path, processes: int, trainer: type[RavsTrainer], changes: tuple[str, ...]) -> None:
    """Trains with so many processes and waits for them; where one fails, the others are ended."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    out = folder / f"processes-{processes}"
    out.mkdir()
    children = []
    for rank in range(processes):
        if (child := os.fork()) == 0:
            os.dup2(os.open(folder / f"output-{processes}-{rank}.txt", os.O_WRONLY | os.O_CREAT), 1)
            os.dup2(1, 2)
            if processes > 1:
                ranks = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": processes, "LOCAL_WORLD_SIZE": processes}
                place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
                os.environ.update({key: str(value) for key, value in (ranks | place).items()})
            take_part(library, out, trainer, changes)
        children.append(child)
    for _ in range(processes):
        if os.wait()[1] != 0:
            for child in children:
                with suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
            raise SystemExit(f"a process of {processes} failed: see {folder}")


if __name__ == "__main__":
    torch.set_num_threads(1)
    library, folder, *asked = Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:]
    for kind, steps in (word.split("=") for word in asked):
        (folder / kind).mkdir(parents=True)
        changes = (
            *("model.classes=[bell, horn, drum, whistle]", "data.scenes=15", "data.validation_clips=3"),
            *(f"training.steps={steps}", f"training.evaluate_every={steps}"),
        )
        for count in (1, 2):
            run(library, folder / kind, count, {"float32": RavsTrainer, "float64": DoubleTrainer}[kind], changes)
