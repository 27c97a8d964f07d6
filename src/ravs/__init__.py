"""RAVS segments the objects that make the sound in a video, and says where it is unsure."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ravs.config.auto_registration import register_with_transformers

if TYPE_CHECKING:
    from ravs.config import RavsConfig
    from ravs.errors import (
        DecodeError,
        DeviceError,
        InputError,
        ModelNotFoundError,
        NoAudioError,
        NoMatchError,
        RavsError,
    )
    from ravs.inference.processor import RavsProcessor
    from ravs.inference.result import Prediction
    from ravs.inference.segment_job.render_job import load_result
    from ravs.inference.segmenter import Segmenter, load
    from ravs.modeling.ravs import RavsModel
    from ravs.version import VERSION as __version__

__all__ = [
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

_MODULES = {
    "DecodeError": "errors",
    "DeviceError": "errors",
    "InputError": "errors",
    "ModelNotFoundError": "errors",
    "NoAudioError": "errors",
    "NoMatchError": "errors",
    "Prediction": "inference.result",
    "RavsConfig": "config",
    "RavsError": "errors",
    "RavsModel": "modeling.ravs",
    "RavsProcessor": "inference.processor",
    "Segmenter": "inference.segmenter",
    "load": "inference.segmenter",
    "load_result": "inference.segment_job.render_job",
}  # loaded on first use, so that `import ravs` costs nothing


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return import_module("ravs.version").VERSION
    if name in _MODULES:
        return getattr(import_module(f"ravs.{_MODULES[name]}"), name)
    try:
        return import_module(f"ravs.{name}")
    except ModuleNotFoundError as error:
        if error.name != f"ravs.{name}":
            raise
        raise AttributeError(f"module 'ravs' has no attribute {name!r}; it offers {', '.join(__all__)}") from None


def __dir__() -> list[str]:
    return __all__


register_with_transformers()
