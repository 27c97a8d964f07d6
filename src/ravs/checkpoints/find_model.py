"""Find a model's folder and read its configuration, without importing torch."""

import json
import os
import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any

from ravs.config.labels import mask_names
from ravs.config.presets import PRESETS, SHIPPED_MODELS, shipped_models
from ravs.errors import InputError, ModelNotFoundError
from ravs.files import content_hash

HUB_FILES = ["config.json", "processor_config.json", "*.safetensors", "*.safetensors.index.json"]
HUB_NAME = re.compile(r"([\w.-]+/[\w.-]+)(?:@([\w./-]+))?")


@dataclass(frozen=True)
class ModelFolder:
    """A folder with config.json and weights as safetensors."""

    name: str  # preset, folder name or hub name, as results record it
    path: Path
    revision: str | None = None  # of a hub name

    def __post_init__(self) -> None:
        if not (self.path / "config.json").is_file() or not self.weights:
            raise ModelNotFoundError(
                f"{self.path} is no model folder: it needs config.json and model.safetensors, as save_pretrained writes"
            )
        _ = self.config  # raise at once if it cannot be read

    @property
    def weights(self) -> list[Path]:
        """The weight files, sorted by name."""
        return sorted(path for path in self.path.glob("*.safetensors") if path.is_file())

    @cached_property
    def config(self) -> dict[str, Any]:
        """The contents of config.json."""
        try:
            config = json.loads((self.path / "config.json").read_text(encoding="utf-8"))
        except (ValueError, RecursionError) as error:
            raise ModelNotFoundError(f"{self.path / 'config.json'} is not JSON ({error})") from error
        if not isinstance(config, dict) or not config.get("classes"):
            raise ModelNotFoundError(f"{self.path / 'config.json'} names no classes: it is not of a RavsModel")
        return config

    @property
    def model_type(self) -> str:
        """The model's method."""
        return str(self.config.get("model_type", "ravs"))

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the output classes, background first."""
        return ("background", *self.config["classes"])

    @property
    def naming(self) -> str:
        """What has a name: each "pixel", or each "region"."""
        return str(self.config.get("names", "pixel"))

    @property
    def mask_names(self) -> tuple[str, ...]:
        """What each index in a mask stands for."""
        return mask_names(self.classes, self.naming)

    @cached_property
    def sha256(self) -> str:
        """Hash of configuration and weights: models with the same hash give the same masks."""
        return content_hash(self.path / "config.json", *self.weights)

    def as_json(self) -> dict[str, Any]:
        """The model as result documents record it."""
        return {"name": self.name, "revision": self.revision, "sha256": self.sha256}


def find_model(name: str | Path) -> ModelFolder:
    """The folder of a preset with shipped weights, of a path, or of a hub name `owner/name[@revision]`.

    Presets come first: write ./ravs-tiny for a folder of that name. Only a hub name uses the network.
    Raises: ModelNotFoundError.
    """
    if not isinstance(name, str | os.PathLike):
        raise ModelNotFoundError(f"model is {name!r}; it must be a preset's name, the path of a folder, or owner/name")
    text = str(name)
    if text in PRESETS:
        return _shipped_model(text)
    if Path(name).is_dir():
        return ModelFolder(Path(name).resolve().name, Path(name))
    if match := HUB_NAME.fullmatch(text):
        return _from_hub(text, match[1], match[2])
    near = get_close_matches(text, PRESETS, n=1)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    raise ModelNotFoundError(
        f"model {text!r} is neither a preset with weights ({', '.join(shipped_models())}), nor a folder, nor a hub's "
        f"owner/name. {hint}All presets: ravs models"
    )


def check_requested_classes(requested: tuple[str, ...] | None, classes: tuple[str, ...], model: str) -> None:
    """Raises: InputError if a requested name is not a class of the model."""
    for name in requested or ():
        if name not in classes[1:]:
            near = get_close_matches(name, classes[1:], n=1)
            hint = f"Did you mean {near[0]!r}? " if near else ""
            raise InputError(f"no class {name!r} in {model}. {hint}All: ravs classes -m {model}")


def _shipped_model(preset: str) -> ModelFolder:
    if not (SHIPPED_MODELS / preset).is_dir():
        raise ModelNotFoundError(
            f"preset {preset!r} comes without weights (with weights: {', '.join(shipped_models())}). "
            "Train it or convert published weights, and name their folder."
        )
    return ModelFolder(preset, SHIPPED_MODELS / preset)


def _from_hub(text: str, repository: str, revision: str | None) -> ModelFolder:
    from huggingface_hub import snapshot_download  # imported here: rarely needed, and it opens the network

    try:
        folder = snapshot_download(repository, revision=revision, allow_patterns=HUB_FILES)
    except Exception as error:  # a hub fails in a dozen ways, and each means that there is no model
        raise ModelNotFoundError(
            f"model {text!r} is neither a preset with weights ({', '.join(shipped_models())}) nor a folder, and no hub "
            f"gave it ({type(error).__name__}). Check the name, the path or the network."
        ) from error
    return ModelFolder(repository, Path(folder), revision)
