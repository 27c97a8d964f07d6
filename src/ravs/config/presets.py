"""Presets of RAVS (paper, section 4.1; tiny and debug are ours), of class matching (ours) and of the baselines.

A preset is METHOD-SIZE. `tiny`: the encoders of ravs-tiny, and a fusion of about its size. `tiny-aisfx`: the same with
frozen aiSFX as audio encoder, one token of mono audio a second. `pvt-v2-b5-vggish`: the
sizes that the authors published. `debug`: a few thousand parameters beside the audio encoder, for tests. Two presets
come with weights: `ravs-tiny`, and `ravs-film`, which is class-matching-tiny.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ravs.config.labels import AVSS_CLASSES, FILM_CLASSES, TINY_CLASSES
from ravs.config.methods import METHODS, OWN_METHODS, config_class
from ravs.errors import ModelNotFoundError, suggest

DEFAULT_MODEL = "ravs-film"  # of the command line and of ravs.load
HAS_FOLDERS = re.compile(r"[/\\]")  # in a path, or a hub's owner/name
SHIPPED_MODELS = Path(__file__).parents[1] / "checkpoints"  # each in a folder, named after its preset

# A fused map of width 256 with deep alignments has as many parameters as the paper's, of width 768 with shallower
# ones, at four fifths of the time: a map of 768 at stride 4 would alone cost a third of the visual encoder. Like the
# visual encoder's stages, the decoder stacks of eq. 7 are deep where the map is small and their layers cheap.
_PAPER: dict[str, Any] = {
    "classes": AVSS_CLASSES[1:],
    "alignment_layers": (4, 6, 11),
    "decoder_width": 256,
    "temporal_width": 64,
    "temporal_heads": 4,
    "contrastive_form": "joint",
    "uncertainty_scaling": "minmax",
    "loss_weights_sum": "as_given",
    "loss_classes": "all",
    "loss_size": "picture",
}
_OURS: dict[str, Any] = {
    "visual_encoder": "efficientnet-lite0",
    "audio_encoder": "panorama-cnn",
    "merge_tokens": "audio_visual",
    "position_encoding": "sine",
    "remap": "gated",
    "hear_from": "near_and_far",
    "contrastive_positives": "masks",
    "resize": "keep",
    "tagging_weight": 0.1,
    "sounding_weight": 1.0,
}
_TINY: dict[str, Any] = _OURS | {
    "classes": TINY_CLASSES,
    "audio_directions": 24,
    "alignment_width": 96,
    "alignment_layers": 2,
    "decoder_width": 128,
    "temporal_width": 128,
    "temporal_heads": 4,
}
_TINY_AISFX: dict[str, Any] = _TINY | {
    "audio_encoder": "aisfx",
    "audio_directions": 1,
    "stereo": False,
    "hear_from": "anywhere",
    "tagging_weight": 0.0,  # a frozen encoder has no tags
}
_DEBUG: dict[str, Any] = _OURS | {
    "classes": ("dog", "car"),
    "visual_encoder": "debug",
    "image_size": 64,
    "clip_seconds": 2,
    "audio_width": 16,
    "audio_directions": 3,
    "alignment_width": 16,
    "alignment_layers": 1,
    "decoder_width": 16,
    "temporal_width": 16,
    "temporal_heads": 2,
}

# Row 1 of the paper's Table 3: RAVS's encoders and decoder around plain cross-attention, eq. 5 alone. In the paper
# temporal attention comes with the uncertainty (section 3.3); our presets keep it, so that less differs from RAVS.
_CROSS: dict[str, Any] = {"alignment": "cross_attention", "contrastive": False, "uncertainty": False}

_SHARED_KEYS = (
    *("classes", "visual_encoder", "audio_encoder", "position_encoding", "resize"),
    *("tagging_weight", "sounding_weight"),
    *("image_size", "clip_seconds", "audio_width", "audio_directions", "loss_classes", "loss_size"),
)  # keys of RAVS's presets that the baselines share; not the undivided eq. 2: the published weights of their auxiliary
# losses stand beside a segmentation loss of about one


def _shared_values(preset: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in preset.items() if key in _SHARED_KEYS}


_PVT: dict[str, Any] = _PAPER | {"visual_encoder": "pvt-v2-b5", "audio_encoder": "vggish"}
_RAVS: dict[str, dict[str, Any]] = {
    "ravs-mit-b5-htsat": _PAPER | {"visual_encoder": "mit-b5", "audio_encoder": "htsat"},
    "ravs-mit-b5-vggish": _PAPER | {"visual_encoder": "mit-b5", "audio_encoder": "vggish"},
    "ravs-pvt-v2-b5-vggish": _PVT,
    "ravs-tiny": _TINY,
    "ravs-tiny-aisfx": _TINY_AISFX,
    "ravs-debug": _DEBUG,
    "cross-attention-pvt-v2-b5-vggish": _PVT | _CROSS | {"temporal": "none"},
    "cross-attention-tiny": _TINY | _CROSS,
    "cross-attention-tiny-aisfx": _TINY_AISFX | _CROSS,
    "cross-attention-debug": _DEBUG | _CROSS,
}
_FILM: dict[str, Any] = {
    "model_type": "class-matching",
    "classes": TINY_CLASSES,
    "image_size": 448,
    "resize": "keep",
    "names": "region",
    "silence_below_db": -52.0,  # the quietest sound that it is trained on is 5 dB louder
    "sounding_weight": 1.0,
}
_CLASS_MATCHING: dict[str, dict[str, Any]] = {
    "class-matching-tiny": _FILM,
    "ravs-film": _FILM | {"classes": FILM_CLASSES},  # under the name of its shipped weights
    "class-matching-debug": {
        "model_type": "class-matching",
        "classes": ("dog", "car"),
        "visual_encoder": "debug",
        "image_size": 64,
        "resize": "keep",
        "clip_seconds": 2,
        "sounding_weight": 1.0,
        "projection_width": 8,
        "sight_width": 8,
        "sight_depth": 1,
        "head_width": 8,
        "detail_width": 8,
    },
}
_OWN: dict[str, dict[str, Any]] = _RAVS | _CLASS_MATCHING
_BASELINE_SIZES: dict[str, dict[str, Any]] = {  # what the baselines of a size share
    "pvt-v2-b5-vggish": _shared_values(_PVT),
    # a baseline gets one audio vector, which distinguishes few directions better than many (`ravs experiment ears`)
    "tiny": _shared_values(_TINY) | {"audio_encoder": "logmel-cnn", "audio_directions": 8},
    "tiny-aisfx": _shared_values(_TINY_AISFX),
    "debug": _shared_values(_DEBUG),
}


class Presets(Mapping[str, dict[str, Any]]):
    """Each preset's keys and values by name: our own methods', then METHOD-SIZE of every baseline in the registry.

    The `sizes` of a baseline's own keys are defined in the baseline's file, which is imported on access; those of
    `tiny` are also those of `tiny-aisfx`, which differs in its audio encoder alone.
    """

    def __getitem__(self, name: str) -> dict[str, Any]:
        if name in _OWN:
            return _OWN[name]
        method, size = self._baselines()[name]
        sizes: dict[str, dict[str, Any]] = config_class(method).sizes
        return _BASELINE_SIZES[size] | {"model_type": method} | sizes.get(size.removesuffix("-aisfx"), {})

    def __contains__(self, name: object) -> bool:
        return name in _OWN or name in self._baselines()  # without an import

    def __iter__(self) -> Iterator[str]:
        yield from _OWN
        yield from self._baselines()

    def __len__(self) -> int:
        return len(_OWN) + len(self._baselines())

    def _baselines(self) -> dict[str, tuple[str, str]]:
        """Method and size by preset name."""
        return {
            f"{method}-{size}": (method, size)
            for method in METHODS
            if method not in OWN_METHODS
            for size in _BASELINE_SIZES
        }


PRESETS = Presets()


def shipped_models() -> list[str]:
    """The presets that come with weights."""
    return sorted(path.parent.name for path in SHIPPED_MODELS.glob("*/config.json"))


def shipped_folder(name: str | Path) -> str | Path:
    """The folder of a preset that comes with weights; any other name as it is, a folder's or a hub's owner/name.

    Raises: ModelNotFoundError for a name that is none of these, for which no network is asked.
    """
    if str(name) in shipped_models():
        return SHIPPED_MODELS / name
    if isinstance(name, str) and not HAS_FOLDERS.search(name) and not Path(name).exists():
        if name in PRESETS:
            raise ModelNotFoundError(
                f"preset {name!r} comes without weights: RavsConfig.preset({name!r}) configures it"
            )
        hint = suggest(name, shipped_models(), "check the name")
        raise ModelNotFoundError(
            f"no model {name!r}: it is neither {' nor '.join(shipped_models())}, nor a folder, nor a hub's owner/name; "
            f"{hint}"
        )
    return name
