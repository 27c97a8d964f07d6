import json
import os

import numpy as np
import torch

from ravs.cli.doctor import installed_version
from ravs.cli.main import main
from ravs.config.presets import shipped_models


def test_versions_devices_threads_and_codecs_are_said(capsys):
    assert main(["doctor", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    torch_version = facts["package"]["torch"].partition("+")[0]  # not every wheel names its build, such as +cu124
    assert torch_version == torch.__version__.partition("+")[0]
    assert facts["package"]["numpy"] == np.__version__
    assert facts["cpu"] == {"cores": os.cpu_count(), "threads": torch.get_num_threads()}
    assert "cpu" in facts["device"]
    assert facts["encoder"]["libx264"] and facts["encoder"]["aac"]
    assert list(facts["model"]) == shipped_models()


def test_a_line_says_each_fact(capsys):
    assert main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["ravs", "0.1.0"]
    assert ["encoder", "libx264", "yes"] in [line.split() for line in lines]


def test_a_package_that_is_missing_has_no_version():
    assert installed_version("no-such-package-of-ours") is None
