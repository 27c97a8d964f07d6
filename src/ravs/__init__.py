"""RAVS marks the things that make the sound in a video, and says where it is unsure."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ravs.config import RavsConfig
    from ravs.model import RavsModel
    from ravs.prediction import Prediction
    from ravs.predictor import load
    from ravs.processing import RavsProcessor

__all__ = ["Prediction", "RavsConfig", "RavsModel", "RavsProcessor", "load"]

_ROOMS = {
    "Prediction": "prediction",
    "RavsConfig": "config",
    "RavsModel": "model",
    "RavsProcessor": "processing",
    "load": "predictor",
}  # loaded on first use, so that `import ravs` costs nothing


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return getattr(import_module(f"ravs.{_ROOMS[name]}"), name)
    try:
        return import_module(f"ravs.{name}")
    except ModuleNotFoundError as error:
        if error.name != f"ravs.{name}":
            raise
        raise AttributeError(f"module 'ravs' has no attribute {name!r}; it offers {', '.join(__all__)}") from None


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
