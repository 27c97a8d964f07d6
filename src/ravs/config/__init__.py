"""Configuration of models, presets, inference and recipes: validated strictly, without torch.

The two names below are loaded on first use, so that presets and settings do not import transformers.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ravs.config.baselines import BaselineConfig
    from ravs.config.model import RavsConfig

__all__ = ["BaselineConfig", "RavsConfig"]

_MODULES = {"BaselineConfig": "baselines", "RavsConfig": "model"}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'ravs.config' has no attribute {name!r}; it offers {', '.join(__all__)}")
    return getattr(import_module(f"ravs.config.{_MODULES[name]}"), name)
