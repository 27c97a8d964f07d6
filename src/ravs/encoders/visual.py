"""Picture encoders by name. Each is imported when it is asked for, so that a small one starts quickly."""

from ravs.encoders.stages import FourStages
from ravs.errors import InputError
from ravs.limits import VISUAL_ENCODERS


def build_visual_encoder(name: str) -> FourStages:
    """A picture encoder with random weights, by name; `timm:NAME` for any four-stage backbone of timm's.

    Raises: InputError for a name that is none, or a timm model that is not installed or has no four stages.
    """
    if name.startswith("timm:"):
        from ravs.encoders.timm import TimmEncoder

        return TimmEncoder(name.removeprefix("timm:"))
    if name in ("efficientnet-lite0", "debug"):
        from ravs.encoders.efficientnet import debug, lite0

        return debug() if name == "debug" else lite0()
    if name in ("mit-b5", "pvt-v2-b5"):
        from ravs.encoders.pyramid import MixTransformer, PyramidTransformer

        return MixTransformer() if name == "mit-b5" else PyramidTransformer()
    raise InputError(f"no visual encoder {name!r}; there are {', '.join(VISUAL_ENCODERS)} and timm:NAME")
