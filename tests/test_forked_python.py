"""The Python of tests/support/forked_python.py, beside an interpreter."""

import os
import signal
import subprocess
import sys
import time

import pytest

PROGRAMS = {
    "code": "import sys; print(sys.argv[1]); sys.exit(7)",
    "message": "import sys; sys.exit('it failed')",
    "error": "raise ValueError('it failed')",
    "killed": "import os; os.kill(os.getpid(), 9)",
    "place": "import os; print(os.getcwd(), os.environ['A'])",
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_a_program_ends_and_writes_as_in_an_interpreter(forked_python, tmp_path, program):
    said = []
    for python in (sys.executable, forked_python):
        line = [python, "-c", program, "a word"]
        run = subprocess.run(line, capture_output=True, text=True, cwd=tmp_path, env={"A": "b"}, check=False)
        said.append((run.returncode, run.stdout, run.stderr.splitlines()[-1:]))
    assert said[0] == said[1]


def test_a_program_is_killed_with_the_process_that_stands_for_it(forked_python, tmp_path):
    program = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
    with subprocess.Popen([forked_python, "-c", program], stdout=subprocess.PIPE, text=True) as run:
        fork = int(run.stdout.readline())
        run.send_signal(signal.SIGTERM)
    for _ in range(500):
        try:
            os.kill(fork, 0)
        except ProcessLookupError:
            return
        time.sleep(0.01)
    pytest.fail("the fork lives on")
