"""The files of a processor: its parts in processor_config.json, which agree with the model's config.json."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from transformers.processing_utils import ProcessorMixin

from ravs.config import RavsConfig
from ravs.errors import InputError, list_names
from ravs.inference.feature_extractor import RavsFeatureExtractor
from ravs.inference.image_processor import RavsImageProcessor

PARTS: dict[str, Any] = {"image_processor": RavsImageProcessor, "feature_extractor": RavsFeatureExtractor}
SHARED_KEYS = {
    "image_processor": ("image_size", "resize"),
    "feature_extractor": ("audio_encoder", "silence_below_db"),
}  # that the configuration has, too
MODEL_CONFIG = "config.json"
HUB_KEYS = ("cache_dir", "force_download", "local_files_only", "token", "revision", "subfolder", "proxies")


def saved_parts(processor: type[ProcessorMixin], name: str | Path, **kwargs: Any) -> dict[str, Any]:
    """The contents of a folder's processor_config.json, empty where there is none; `kwargs` of HUB_KEYS.

    Raises: InputError where it is no JSON object, or lacks a part.
    """
    try:
        saved = dict(processor.get_processor_dict(name, **kwargs)[0])
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(
            f"processor_config.json of {name} is no JSON object ({error}): copy or fetch it again"
        ) from error
    if saved and (missing := [part for part in PARTS if not isinstance(saved.get(part), dict)]):
        raise InputError(
            f"processor_config.json of {name} lacks {', '.join(missing)}: write it again, "
            f"RavsProcessor(RavsConfig.from_pretrained({str(name)!r})).save_pretrained({str(name)!r})"
        )
    return saved


def build_parts(saved: Mapping[str, Any], config: RavsConfig, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The parts that were saved, with those keys of the configuration that were changed since."""
    return {
        name: build(**saved[name] | {key: getattr(config, key) for key in SHARED_KEYS[name] if key in changes})
        for name, build in PARTS.items()
    }


def check_parts(processor: Any) -> None:
    """Raises: InputError where a part of a processor says something else than its configuration."""
    for name, keys in SHARED_KEYS.items():
        for key in keys:
            own, wanted = getattr(getattr(processor, name), key), getattr(processor.config, key)
            if own != wanted:
                raise InputError(
                    f"{name}.{key} is {own!r}, but {key} of the model's configuration {wanted!r}: make them one, "
                    f"for instance with RavsProcessor.from_pretrained(…, {key}={own!r})"
                )


def check_same(config: RavsConfig, folder: str | Path) -> None:
    """Raises: InputError that names the keys in which a model's folder differs from a processor's configuration."""
    saved = RavsConfig.from_pretrained(folder)
    pairs = {key: (getattr(config, key), getattr(saved, key, None)) for key in config.own_keys()}
    if other := [f"{key} is {there!r} there, {here!r} here" for key, (here, there) in pairs.items() if here != there]:
        raise InputError(
            f"{folder} has a model of another configuration ({list_names(other)}): "
            "save RavsProcessor(model.config) there"
        )
