"""`ravs doctor`: what the report of a problem needs to say about this installation."""

import json
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, Any

import typer

from ravs.version import VERSION

PACKAGES = (
    *("torch", "transformers", "huggingface_hub", "safetensors", "numpy", "av", "pillow", "typer", "rich"),
    *("accelerate", "kornia", "opencv-python-headless", "matplotlib", "timm", "supervision", "pandas", "pyarrow"),
)
VARIABLES = (
    "OMP_NUM_THREADS",
    "OMP_WAIT_POLICY",
    "CUDA_VISIBLE_DEVICES",
    "HF_HOME",
    "HF_HUB_OFFLINE",
    "RAVS_MAX_PIXELS",
)


def doctor(as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False) -> None:
    """Show versions, devices, threads and codecs: paste it into the report of a problem."""
    facts = installation_facts()
    if as_json:
        typer.echo(json.dumps(facts))
        return
    for key, value in facts.items():
        entries = value.items() if isinstance(value, dict) else {"": value}.items()
        for name, entry in entries:
            typer.echo(f"{key} {name}".strip().ljust(34) + describe(entry))


def installation_facts() -> dict[str, Any]:
    """Versions, devices, threads and codecs of this process, by topic."""
    import torch

    from ravs.config.presets import shipped_models
    from ravs.inference.device import available_devices
    from ravs.media.codecs import available_encoders, library_versions

    return {
        "ravs": VERSION,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "package": {name: installed_version(name) for name in PACKAGES},
        "model": dict.fromkeys(shipped_models(), "with weights"),
        "device": available_devices(),
        "cpu": {"cores": os.cpu_count(), "threads": torch.get_num_threads()},
        "variable": {name: os.environ[name] for name in VARIABLES if name in os.environ},
        "ffmpeg": library_versions(),
        "encoder": available_encoders(),
    }


def installed_version(package: str) -> str | None:
    """The version of an installed package; None where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def describe(value: Any) -> str:
    """A fact in a word."""
    return {None: "not installed", True: "yes", False: "no"}.get(value, str(value))
