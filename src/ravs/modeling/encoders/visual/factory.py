"""Visual encoders by name. Each is imported on first use, so that a small one starts quickly."""

from ravs.config.validation import VISUAL_ENCODERS
from ravs.errors import InputError
from ravs.modeling.encoders.visual.base import VisualEncoder


def build_visual_encoder(name: str) -> VisualEncoder:
    """A visual encoder with random weights, by name; `timm:NAME` for any four-stage backbone of timm.

    Raises: InputError for an unknown name, or a timm model that is not installed or has no four stages.
    """
    if name.startswith("timm:"):
        from ravs.modeling.encoders.visual.timm_encoder import TimmEncoder

        return TimmEncoder(name.removeprefix("timm:"))
    if name in ("efficientnet-lite0", "debug"):
        from ravs.modeling.encoders.visual.efficientnet import debug_encoder, lite0

        return debug_encoder() if name == "debug" else lite0()
    if name in ("mit-b5", "pvt-v2-b5"):
        from ravs.modeling.encoders.visual.mit_pvt import MixTransformer, PyramidTransformer

        return MixTransformer() if name == "mit-b5" else PyramidTransformer()
    raise InputError(f"no visual encoder {name!r}; there are {', '.join(VISUAL_ENCODERS)} and timm:NAME")
