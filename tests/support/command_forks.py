"""Command lines of `ravs`, each in a fork of one process that has loaded the model, with limits: what came of them.

A fork may crash, hang or be killed, and takes nothing with it. `serve` is the process, started by `Commands`.
"""

import json
import os
import resource
import signal
import subprocess
import sys
import traceback
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NoReturn

WALL_S = 120  # a hang: the machine may have other work
FILE_EVENTS = ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.rmtree")


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int | None  # exit code; None: by a signal
    signal: str | None
    cpu_s: float
    grown_mb: float  # peak memory beyond that of the process which had loaded the model
    peak_mb: float
    events: int  # file operations below the folder
    out: str
    err: str


class Commands:
    """Runs command lines, each in a fork of its own."""

    def __init__(self, python: str, model: Path) -> None:
        """`python`: the executable of the fixture `forked_python`; `model`: the folder of a model to load once."""
        self.model = model
        tests = Path(__file__).parents[1]
        paths = os.pathsep.join([str(tests), str(tests.parent / "src")])
        program = f"from support.command_forks import serve; serve({str(model)!r})"
        self._server = subprocess.Popen(
            [python, "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1"},
        )

    def close(self) -> None:
        """End the process."""
        self._server.communicate()

    def __call__(
        self,
        *words: object,
        folder: Path,
        cpu_s: int = 60,
        fatal_cpu_s: float = 0.0,
        fatal_event: int = 0,
        file_bytes: int | None = None,
        wall_s: int = WALL_S,
    ) -> Ended:
        """Run `ravs WORDS` in a folder.

        Args:
            cpu_s: processor time after which it is ended as one that hangs.
            fatal_cpu_s: processor time after which it is killed, in whatever state.
            fatal_event: number of the file operation below the folder at which it is killed.
            wall_s: time after which it is ended as one that waits forever.
            file_bytes: no file may become larger: the write fails, as on a full disk.
        """
        job = {"words": list(map(str, words)), "folder": str(folder), "cpu_s": cpu_s, "file_bytes": file_bytes}
        job |= {"wall_s": wall_s, "fatal_cpu_s": fatal_cpu_s, "fatal_event": fatal_event}
        print(json.dumps(job), file=self._server.stdin, flush=True)
        return Ended(**json.loads(self._server.stdout.readline()))


def serve(model: str) -> None:
    """Take jobs from standard input, one a line, until it ends."""
    import torch

    from ravs.inference import segmenter

    torch.set_num_threads(1)
    segmenter.load = cache(segmenter.load)
    segmenter.load(model, "auto")
    for line in sys.stdin:
        print(json.dumps(attend(json.loads(line))), flush=True)  # noqa: T201 - to the tests


def attend(job: dict) -> dict:
    """Run one job in a fork."""
    streams = {name: os.memfd_create(name) for name in ("out", "err", "events")}
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    child = os.fork()
    if child == 0:
        become(job, streams)
    _, status, used = os.wait4(child, 0)
    told = {}
    for name, stream in streams.items():
        told[name] = os.pread(stream, 1 << 22, 0).decode(errors="replace")
        os.close(stream)
    fatal = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    return {
        "code": None if fatal else os.WEXITSTATUS(status),
        "signal": signal.Signals(fatal).name if fatal else None,
        "cpu_s": used.ru_utime + used.ru_stime,
        "peak_mb": used.ru_maxrss / 1024,
        "grown_mb": (used.ru_maxrss - before_kb) / 1024,
        **told,
        "events": int(told["events"] or 0),
    }


def become(job: dict, streams: dict[str, int]) -> NoReturn:
    """Be the command: standard streams, limits, and the moment at which it is killed."""
    code = 1
    try:
        null = os.open(os.devnull, os.O_RDONLY)
        for number, stream in ((0, null), (1, streams["out"]), (2, streams["err"])):
            os.dup2(stream, number)
        os.chdir(job["folder"])
        count_events(job["folder"], job["fatal_event"], streams["events"])
        limit(job)
        from ravs.cli.main import main

        code = main(job["words"])
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def limit(job: dict) -> None:
    """Set the limits of a job for this process."""
    signal.alarm(job["wall_s"])
    resource.setrlimit(resource.RLIMIT_CPU, (job["cpu_s"], job["cpu_s"] + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if job["fatal_cpu_s"]:
        signal.setitimer(signal.ITIMER_PROF, job["fatal_cpu_s"])
    if job["file_bytes"] is not None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (job["file_bytes"],) * 2)


def count_events(folder: str, fatal: int, stream: int) -> None:
    """Count file operations below a folder, and kill this process at the fatal one."""
    seen = 0

    def on_event(name: str, details: tuple) -> None:
        nonlocal seen
        if name in FILE_EVENTS and str(Path(str(details[0])).absolute()).startswith(folder):
            seen += 1
            os.pwrite(stream, str(seen).encode(), 0)
            if seen == fatal:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(on_event)
