"""RAVS segments the objects that make the sound in a video, and says where it is unsure."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ravs.config import RavsConfig
    from ravs.inference.processor import RavsProcessor
    from ravs.inference.segmenter import load
    from ravs.modeling.ravs import RavsModel
    from ravs.structures.prediction import Prediction

__all__ = ["Prediction", "RavsConfig", "RavsModel", "RavsProcessor", "load"]

_MODULES = {
    "Prediction": "structures.prediction",
    "RavsConfig": "config",
    "RavsModel": "modeling.ravs",
    "RavsProcessor": "inference.processor",
    "load": "inference.segmenter",
}  # loaded on first use, so that `import ravs` costs nothing


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(import_module(f"ravs.{_MODULES[name]}"), name)
    try:
        return import_module(f"ravs.{name}")
    except ModuleNotFoundError as error:
        if error.name != f"ravs.{name}":
            raise
        raise AttributeError(f"module 'ravs' has no attribute {name!r}; it offers {', '.join(__all__)}") from None


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
