import json

from ravs.cli.main import main
from ravs.config.presets import DEFAULT_MODEL, PRESETS, shipped_models


def test_models_with_weights_come_first_and_the_default_is_marked(capsys):
    assert main(["models"]) == 0
    with_weights, without = capsys.readouterr().out.split("Without weights")
    assert [line.split()[0] for line in with_weights.splitlines()[1:]] == shipped_models()
    assert [line.split()[0] for line in with_weights.splitlines() if line.endswith("(default)")] == [DEFAULT_MODEL]
    assert {*shipped_models(), *without.splitlines()[1].split()} <= set(PRESETS)


def test_every_preset_is_listed_once_for_programs(capsys):
    assert main(["models", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert sorted([*listed["with_weights"], *listed["without_weights"]]) == sorted(PRESETS)
    assert listed["with_weights"]["ravs-film"]["classes"] == 49
