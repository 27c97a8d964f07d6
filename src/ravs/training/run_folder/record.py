"""The record of a run: its recipe, versions, git state and data."""

import json
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import TrainingArguments

from ravs.config import RavsConfig
from ravs.config.recipe import Recipe, recipe_from_dict, resolve_config
from ravs.errors import InputError
from ravs.files import write_atomic
from ravs.training.run_folder.names import RECIPE, RUN
from ravs.version import VERSION


def check_same_recipe(out: Path, recipe: Recipe) -> None:
    """Raises: InputError where the folder holds a run of another recipe, naming the first keys that differ."""
    path = out / RECIPE
    if not path.exists():
        return
    try:
        found = flatten(recipe_from_dict(json.loads(path.read_text(encoding="utf-8"))).as_dict())
    except (InputError, ValueError) as error:
        raise InputError(
            f"{out} holds a run of another recipe ({error}): choose another --out, or start again with --no-resume"
        ) from None
    wanted = flatten(recipe.as_dict())
    if model := recorded_model_keys(out / RUN):
        found, wanted = found | model, wanted | model_keys(recipe)
    differ = [key for key in sorted(found | wanted) if found.get(key) != wanted.get(key)]
    if differ:
        shown = ", ".join(f"{key} {found.get(key)}, not {wanted.get(key)}" for key in differ[:3])
        raise InputError(
            f"{out} holds a run of another recipe ({shown}): choose another --out, or start again with --no-resume"
        )


def write_record(out: Path, recipe: Recipe, data: dict[str, Any]) -> None:
    """Write recipe.json and run.json. Raises: InputError where the run began with other data."""
    path = out / RUN
    if path.exists() and (out / RECIPE).exists():  # else the process was killed between the two
        began = read_run_record(path)["data"]
        if any(began[key] != data[key] for key in data if key in began and key.endswith("sha256")):
            raise InputError(
                f"{out} holds a run on other data ({began}, not {data}): give the same, choose another --out, or start "
                "again with --no-resume"
            )
    else:
        record = {"versions": versions(), "git": git_state(), "data": data, "model": model_keys(recipe)}
        write_atomic(path, json.dumps(record, indent=2, sort_keys=True) + "\n", sync=True)
    write_atomic(out / RECIPE, json.dumps(recipe.as_dict(), indent=2, sort_keys=True) + "\n", sync=True)


def model_keys(recipe: Recipe) -> dict[str, Any]:
    """The model's keys, resolved from preset and recipe: another version of a preset is another model."""
    return config_keys(resolve_config(recipe))


def recorded_model_keys(path: Path) -> dict[str, Any]:
    """The model's keys in a run's record, later keys at their defaults; empty where it has none."""
    recorded = read_run_record(path).get("model") if path.exists() else None
    return config_keys(RavsConfig()) | recorded if recorded else {}


def read_run_record(path: Path) -> dict[str, Any]:
    """The content of run.json. Raises: InputError where it is damaged."""
    try:
        found = dict(json.loads(path.read_text(encoding="utf-8")))
        return found | {"data": dict(found["data"])}
    except (ValueError, TypeError, KeyError) as error:
        raise InputError(
            f"{path} is damaged ({error}), so what the run began with is unknown: start again with --no-resume"
        ) from None


def config_keys(config: RavsConfig) -> dict[str, Any]:
    """A configuration's own keys and values, as in a recipe."""
    return flatten({key: getattr(config, key) for key in config.own_keys()}, "model.")


def versions() -> dict[str, str]:
    """Versions of Python and of the libraries that determine results."""
    return {
        "ravs": VERSION,
        "python": platform.python_version(),
        **{name: version(name) for name in ("torch", "transformers", "accelerate")},
    }


def describe_setup(recipe: Recipe, arguments: TrainingArguments, model: nn.Module, clips: int) -> dict[str, Any]:
    """The setup in the log's first record: device, batch sizes, seeds, parameters."""
    gpus = arguments.device.type == "cuda"
    return {
        "device": torch.cuda.get_device_name() if gpus else arguments.device.type,
        "processes": arguments.world_size,
        "batch_size": recipe.training.batch_size,
        "clips_each": arguments.per_device_train_batch_size,
        "accumulation": recipe.training.accumulation,
        "precision": "bf16" if arguments.bf16 else "fp16" if arguments.fp16 else "fp32",
        "seeds": {"training": recipe.training.seed, "data": recipe.data.seed},
        "clips": clips,
        "parameters": sum(one.numel() for one in model.parameters()),
        "trained": sum(one.numel() for one in model.parameters() if one.requires_grad),
        "git": git_state(),
    }


def git_state(folder: Path | None = None) -> dict[str, Any] | None:
    """Commit of the code, and whether it has changes; None outside a repository, or without git."""
    folder = folder or Path(__file__).parent
    try:
        subprocess.run(["git", "ls-files", "--error-unmatch", "."], cwd=folder, capture_output=True, check=True)
        commit, changes = (
            subprocess.run(["git", *words], cwd=folder, capture_output=True, check=True, text=True).stdout.strip()
            for words in (("rev-parse", "HEAD"), ("status", "--porcelain", "--untracked-files=no"))
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return {"commit": commit, "dirty": bool(changes)}


def flatten(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested keys joined with dots, as for --set; values as in JSON."""
    found: dict[str, Any] = {}
    for key, value in json.loads(json.dumps(values)).items():
        found |= flatten(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return found
