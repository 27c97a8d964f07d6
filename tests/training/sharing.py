"""One recipe by several processes, as torchrun starts them: python sharing.py LIBRARY FOLDER STEPS KEY=VALUE…

Each process is a fork of this one, which has imported everything. Runs go to FOLDER/processes-N.
"""

import os
import socket
import sys
from pathlib import Path

import torch

from ravs.recipe import read_recipe
from ravs.training import train

RECIPE = Path(__file__).parents[2] / "recipes" / "debug.yaml"


def run(library: Path, folder: Path, processes: int, changes: tuple[str, ...]) -> None:
    """Trains with so many processes and waits for them."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    children = []
    for rank in range(processes):
        if (child := os.fork()) == 0:
            os.dup2(os.open(folder / f"output-{processes}-{rank}.txt", os.O_WRONLY | os.O_CREAT), 1)
            os.dup2(1, 2)
            if processes > 1:
                ranks = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": processes, "LOCAL_WORLD_SIZE": processes}
                place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
                os.environ.update({key: str(value) for key, value in (ranks | place).items()})
            code = 1
            try:
                train(read_recipe(RECIPE, changes), library=library, out=folder / f"processes-{processes}")
                code = 0
            finally:
                sys.stdout.flush()
                os._exit(code)
        children.append(child)
    for child in children:
        assert os.waitpid(child, 0)[1] == 0, f"a process of {processes} failed: see {folder}"


if __name__ == "__main__":
    torch.set_num_threads(1)
    library, folder, steps = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    folder.mkdir(parents=True, exist_ok=True)
    common = (
        "model.classes=[bell, horn, drum, whistle]",
        f"training.steps={steps}",
        f"training.evaluate_every={steps}",
    )
    odd = ("data.scenes=15", "data.validation_clips=3")
    for count in (1, 2):
        run(library, folder, count, (*common, *odd, *sys.argv[4:]))
