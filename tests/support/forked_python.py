"""A Python that has imported everything: an executable whose processes are forks of this one, not new interpreters.

It takes what these tests give an interpreter: `[-u] FILE …`, `-m MODULE …` and `-c PROGRAM …`, with a folder, an
environment and streams of its own, and ends as the program ends. When it is killed, so is the fork.
Where imports are what a test is about, it has to start `sys.executable`.
"""

import json
import os
import runpy
import select
import signal
import socket
import sys
import traceback
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

CLIENT = """#!{python} -IS
import json, os, socket, sys
server = socket.socket(socket.AF_UNIX)
server.connect({address!r})
words = {{"argv": sys.argv[1:], "folder": os.getcwd(), "environment": dict(os.environ), "executable": {executable!r}}}
socket.send_fds(server, [json.dumps(words).encode()], [0, 1, 2])
status = int(server.recv(16) or b"9")
if os.WIFSIGNALED(status):
    os.kill(os.getpid(), os.WTERMSIG(status))
sys.exit(os.waitstatus_to_exitcode(status))
"""


def start_server(folder: Path) -> Path:
    """Fork a process that waits for programs until this one ends; returns the executable."""
    executable, address = folder / "python", str(folder / "socket")
    executable.write_text(CLIENT.format(python=sys.executable, address=address, executable=str(executable)))
    executable.chmod(0o755)
    server = socket.socket(socket.AF_UNIX)
    server.bind(address)
    server.listen()
    reader, writer = os.pipe()  # its end says that this process has ended
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of threads: xdist's, which waits for orders
        child = os.fork()
    if child == 0:
        os.close(writer)
        try:
            serve(server, reader)
        finally:
            os._exit(1)  # whatever happens, it does not go on with the tests
    os.close(reader)
    server.close()
    return executable


def serve(server: socket.socket, life: int) -> NoReturn:
    """Have a process of its own take each program."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while life not in select.select([server, life], [], [])[0]:
        client, _ = server.accept()
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            server.close()
            attend(client)
        client.close()
    os._exit(0)


def attend(client: socket.socket) -> NoReturn:
    """Run a program in a fork, and send how it ended."""
    message, streams, _, _ = socket.recv_fds(client, 1 << 20, 3)
    child = os.fork()
    if child == 0:
        client.close()
        become(json.loads(message), streams)
    for stream in streams:
        os.close(stream)
    while (ended := os.waitpid(child, os.WNOHANG))[0] == 0:
        if select.select([client], [], [], 0.02)[0]:  # it says nothing: it was killed
            os.kill(child, signal.SIGKILL)
    with suppress(BrokenPipeError):  # of one that was killed
        client.sendall(str(ended[1]).encode())
    os._exit(0)


def become(words: dict[str, Any], streams: list[int]) -> NoReturn:
    """Be the process of that program: nothing of the tests runs when it ends."""
    code = 1
    try:
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        sys.stdin, sys.stdout, sys.stderr = (os.fdopen(number, mode) for number, mode in enumerate("rww"))
        os.chdir(words["folder"])
        os.environ.clear()
        os.environ.update(words["environment"])
        sys.executable = words["executable"]
        warnings.resetwarnings()
        run_program([word for word in words["argv"] if word != "-u"])
        code = 0
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else int(error.code is not None)
        if isinstance(error.code, str):
            print(error.code, file=sys.stderr)  # noqa: T201 - as the interpreter does
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def run_program(argv: list[str]) -> None:
    """As the interpreter does with these words."""
    match argv:
        case ["-m", module, *words]:
            sys.argv = [module, *words]
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        case ["-c", program, *words]:
            sys.argv = ["-c", *words]
            exec(program, {"__name__": "__main__"})
        case [path, *words]:
            sys.argv = [path, *words]
            runpy.run_path(path, run_name="__main__")
