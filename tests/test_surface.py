"""What others rely on: names, verbs, options and configuration keys. Adding one is a decision, made here."""

import subprocess
import sys
from dataclasses import fields
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import pytest
import typer
from transformers import PreTrainedConfig

import ravs
from ravs.cli.verbs import VERBS
from ravs.config import RavsConfig
from ravs.config.inference import InferenceSettings

NAMES = [
    "DecodeError",
    "DeviceError",
    "InputError",
    "ModelNotFoundError",
    "NoAudioError",
    "NoMatchError",
    "Prediction",
    "RavsConfig",
    "RavsError",
    "RavsModel",
    "RavsProcessor",
    "Segmenter",
    "__version__",
    "load",
    "load_result",
]
OPTIONS = {
    "segment": "--alpha --among --bridge-gaps --classes --device --dry-run --effect --end --existing --format --jobs "
    "--json --labels --max-uncertainty --min-area --min-duration --model --mute --no-labels --no-progress --out "
    "--quiet --rate --recursive --shard --sound --sound-track --start --strip --threshold --tint --verbose "
    "-f -j -m -o -q -v",
    "demo": "--device --host --max-seconds --max-size --mcp --model --open --port --queue --share -m",
    "batch": "--among --bridge-gaps --classes --cpus-per-worker --device --end --existing --format --gpus-per-worker "
    "--json --max-uncertainty --min-area --min-duration --model --out --quiet --rate --ray --recursive --retries "
    "--shard --start --threshold --time-limit --workers -f -m -o -q",
    "render": "--alpha --among --bridge-gaps --classes --effect --format --json --labels --max-uncertainty --min-area "
    "--min-duration --no-labels --no-progress --quiet --source --strip --threshold --tint --verbose -f -q -v",
    "info": "--json",
    "classes": "--json --model -m",
    "models": "--json",
    "doctor": "--json",
    "events": "--out -o",
    "train": "--data --library --log --no-resume --out --published --resume --set -o",
    "evaluate": "--ambient --batch-size --binary --chart --clips --csv --device --json --latex --listen --mono "
    "--out --predictions-format --protocol --save-predictions --seed --size --sound --split --subset --threshold "
    "--workers -o",
    "compose": "--classes --count --extras --form --held-out --jobs --library --licence --preset --seed --sheet --size "
    "--split --subset -j",
    "convert": "--out -o",
    "benchmark": "--against --chart --device --dtype --lengths --runs --seconds --set --sides --size --threads "
    "--video-height",
    "score": "--batch-size --classes --csv --json --latex --list --protocol --scores --seed",
    "compare": "--batch-size --json --protocol --seed",
    "datasets check": "--jobs --json -j",
    "datasets show": "--index --out --split --subset -o",
    "datasets create": "--class --from --masks --seconds --seed --split-file --val",
    "datasets extract-audio": "--jobs --rate -j",
    "analyze": "--chart --fraction --json --seed --split --subset",
    "visualize": "--data --end --index --out --split --start --subset --truth -o",
    "experiment": "--data --jobs --library --out --set -j -o",
    "library build": "--packages",
    "library credits": "",
}
KEYS = """
    classes image_size resize clip_seconds visual_encoder audio_encoder audio_width audio_directions
    silence_below_db audio_tokens stereo
    alignment alignment_width alignment_layers num_groups num_neighbors group_labels merge_tokens
    position_encoding hear_from remap
    contrastive contrastive_positives contrastive_form positive_threshold response_sharpness contrastive_temperature
    decoder_width temporal temporal_width temporal_heads time_encoding uncertainty uncertainty_scaling outlines
    names
    cross_entropy_weight dice_weight iou_weight contrastive_weight tagging_weight sounding_weight loss_classes loss_size
    loss_weights_sum
"""
SETTINGS = """
    rate start_s end_s classes among threshold max_uncertainty min_area min_duration_s bridge_gaps_s
    sound sound_track mute
"""


def commands():
    """Each verb, or each of its actions, by name."""
    for verb in VERBS:
        found = getattr(import_module(f"ravs.cli.{verb}"), verb)
        if isinstance(found, typer.Typer):
            actions = typer.main.get_command(found).commands
            yield from ((f"{verb} {name}", command) for name, command in actions.items())
        else:
            app = typer.Typer()
            app.command(verb)(found)
            yield verb, typer.main.get_command(app)


def options_of(command):
    named = [name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)]
    found = {option for option in named if option.startswith("-")}
    return found - {"--install-completion", "--show-completion"}


def test_the_package_offers_these_names_and_loads_each_on_first_use():
    assert ravs.__all__ == dir(ravs) == NAMES
    assert all(getattr(ravs, name).__name__ == name for name in NAMES if name != "__version__")


def test_the_version_is_that_of_the_package_and_its_types_are_for_users_too():
    assert ravs.__version__ == version("ravs")
    assert (Path(ravs.__file__).parent / "py.typed").is_file()


def test_errors_are_caught_as_values_that_are_wrong_and_as_ravs_errors():
    with pytest.raises(ravs.RavsError):
        raise ravs.InputError("a")
    assert issubclass(ravs.InputError, ValueError) and issubclass(ravs.NoAudioError, ravs.DecodeError)


def test_a_name_that_is_not_there_says_which_are():
    with pytest.raises(AttributeError, match="no attribute 'Segmentor'; it offers DecodeError, DeviceError"):
        _ = ravs.Segmentor


def test_grouping_has_its_public_name():
    assert import_module("ravs.alignment.grouping").dpc_knn is import_module("ravs.modeling.alignment.grouping").dpc_knn


def test_subpackages_are_reached_from_the_package():
    program = "import ravs; print(ravs.files.json_text({}), ravs.inference.__name__)"
    environment = {"PYTHONPATH": str(Path(ravs.__file__).parents[1]), "PATH": ""}
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, env=environment)
    assert run.stdout == "{} ravs.inference\n", run.stderr


def test_the_package_is_a_program_that_says_its_version():
    run = subprocess.run([sys.executable, "-m", "ravs", "--version"], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (0, f"ravs {ravs.__version__}\n"), run.stderr


def test_auto_config_knows_every_method_as_soon_as_the_configuration_is_imported_and_imports_none():
    program = (
        "from ravs import RavsConfig; from transformers import AutoConfig, CONFIG_MAPPING; import sys; "
        "from ravs.config.methods import METHODS; "
        "print(set(METHODS) - set(CONFIG_MAPPING), 'ravs.modeling.base' in sys.modules, "
        "AutoConfig.for_model('cavp', low_width=4).low_width)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert run.stdout == "set() False 4\n", run.stderr


def test_verbs_and_their_options_are_these():
    assert tuple(dict.fromkeys(name.split()[0] for name in OPTIONS)) == VERBS
    found = {name: options_of(command) for name, command in commands()}
    assert found == {name: set(text.split()) for name, text in OPTIONS.items()}


def test_inference_settings_are_these():
    assert [entry.name for entry in fields(InferenceSettings)] == SETTINGS.split()


def test_configuration_keys_are_these():
    theirs = {entry.name for entry in fields(PreTrainedConfig)}
    ours = [entry.name for entry in fields(RavsConfig) if entry.name not in theirs]
    assert ours == KEYS.split()
