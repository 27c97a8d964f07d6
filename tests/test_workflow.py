"""`.github/workflows/tests.yml` runs what this checkout runs."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
JOBS = yaml.safe_load((ROOT / ".github" / "workflows" / "tests.yml").read_text(encoding="utf-8"))["jobs"]


def commands(job):
    return [step["run"] for step in JOBS[job]["steps"] if "run" in step]


def test_on_linux_it_is_the_script_that_has_to_pass():
    assert commands("linux") == [".ci/run"]


def test_elsewhere_it_is_the_tests_of_the_makefile_in_every_python_from_the_oldest_on():
    tests = re.search(r"^tests:.*\n\tOMP_NUM_THREADS=1 \.venv/bin/(.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert commands("elsewhere")[-1] == tests[1]
    versions = JOBS["elsewhere"]["strategy"]["matrix"]["python"]
    oldest = re.search(r'^requires-python = ">=(.*)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert versions == [f"3.{minor}" for minor in range(int(oldest[1].split(".")[1]), 15)]
