"""Makes every method's configuration known to transformers' AutoConfig, without importing a method."""

from typing import Any

from transformers.configuration_utils import PreTrainedConfig

from ravs.config.methods import METHODS, config_class


def lazy_config_class(method: str) -> type[PreTrainedConfig]:
    """A stand-in for AutoConfig: it imports the method's file, and creates configurations of the real class.

    So AutoModel knows the model of every configuration that AutoConfig gives.
    """

    class NotYetImported(PreTrainedConfig):
        model_type = method

        def __new__(cls, *args: Any, **kwargs: Any) -> Any:
            return config_class(method)(*args, **kwargs)

        @classmethod
        def from_dict(cls, config_dict: dict[str, Any], **kwargs: Any) -> Any:
            return config_class(method).from_dict(config_dict, **kwargs)

    return NotYetImported


def register_configurations() -> None:
    """AutoConfig gives the configuration of every method."""
    from transformers.models.auto.configuration_auto import AutoConfig

    for method in METHODS:
        AutoConfig.register(method, lazy_config_class(method), exist_ok=True)
