"""Configuration of a model, validated strictly: an unknown key, a wrong value or an impossible pair is an error."""

from dataclasses import fields
from difflib import get_close_matches
from typing import Any, no_type_check

from transformers import AutoConfig, PreTrainedConfig

from ravs.config.class_labels import LABEL_KEYS, ClassLabels, classes_of_labels
from ravs.config.labels import UNNAMED, mask_names
from ravs.config.methods import METHODS, check_method, config_class
from ravs.config.presets import PRESETS, shipped_folder
from ravs.config.validation import (
    MAX_CLASSES,
    TRAINABLE_AUDIO_ENCODERS,
    check_class_names,
    check_dtype,
    check_spelling,
    check_stage_counts,
    check_values,
    is_count,
)
from ravs.errors import InputError, suggest

TRANSFORMERS_KEYS = ("attn_implementation", "use_cache", "_name_or_path")  # of its Trainer, loader and to_dict


@no_type_check  # jaxtyping's hook would hide the keyword arguments that transformers adds
class RavsConfig(ClassLabels, PreTrainedConfig):  # type: ignore[misc]  # properties in place of fields
    """Configuration of a RavsModel. A key that is neither ours nor transformers' is an error.

    `classes` are the names without background; index 0 is always background. Binary data sets have one class.
    `id2label`, `label2id` and `num_labels` say the same as transformers does, background included, and are taken in
    place of `classes`.
    The switches of the paper's Table 3 are `alignment`, `contrastive`, `temporal` and `uncertainty`.

    A key's default reproduces models that were saved before the key existed; hence `contrastive_form: each` and
    `loss_weights_sum: one`. The presets of the paper set its own forms.
    """

    model_type = "ravs"
    processor_class = "RavsProcessor"  # for AutoProcessor, where a folder has no processor_config.json

    classes: list[str] | tuple[str, ...] = ("sounding",)
    image_size: int = 224
    resize: str = "squash"  # to image_size × image_size (paper), or "keep": the same area, aspect ratio kept
    clip_seconds: int = 5
    # encoders
    visual_encoder: str = "efficientnet-lite0"
    audio_encoder: str = "logmel-cnn"
    audio_width: int = 128  # channels of an audio token
    audio_directions: int = 8  # audio tokens of our trainable encoders, one for each direction from left to right
    silence_below_db: float | None = None  # a second of a lower root mean square is silent (ours)
    audio_tokens: str = "all"  # that the alignments attend to: all of the encoder's, or their mean alone
    stereo: bool = True  # whether our trainable encoders compare left with right
    # alignment, eq. 3-9
    alignment: str = "sgsm"
    alignment_width: int | None = None  # None: the width of each stage (paper)
    alignment_layers: int | list[int] | tuple[int, ...] = 8  # decoder layers of eq. 7, at all stages or at each
    num_groups: list[int] | tuple[int, ...] = (14, 7, 5)  # strides 4, 8, 16 (paper, section 4.1)
    num_neighbors: int = 5
    group_labels: str = "chain"  # of eq. 4: up the chain of parents (paper), or the nearest center's (as TCFormer)
    merge_tokens: str = "visual"
    position_encoding: str = "none"
    hear_from: str = "anywhere"  # eq. 5: all audio tokens alike, or those from a visual token's direction first (ours)
    remap: str = "plain"
    contrastive: bool = True
    contrastive_positives: str = "response"  # sounding groups by their response (paper), or by the masks
    contrastive_form: str = "each"  # of eq. 9: one logarithm per positive, or "joint", one per frame (paper)
    positive_threshold: float = 0.5
    response_sharpness: float = 5.0
    contrastive_temperature: float = 0.1
    # decoder, temporal attention, uncertainty
    decoder_width: int = 256
    temporal: str = "attention"  # over the seconds of a clip (paper, with the uncertainty), or "none"
    temporal_width: int = 256
    temporal_heads: int = 8
    time_encoding: bool = True
    uncertainty: bool = True
    uncertainty_scaling: str = "bound"
    outlines: str = "plain"  # of predicted masks: interpolated, or refined by a guided filter on the image (ours)
    names: str = "pixel"  # each pixel's own most probable class, or one for each connected "region" (ours)
    # losses, eq. 2 and 12
    cross_entropy_weight: float = 5.0
    dice_weight: float = 5.0
    iou_weight: float = 2.0
    contrastive_weight: float = 0.1
    tagging_weight: float = 0.0
    sounding_weight: float = 0.0  # of eq. 2 on sounding against background, whatever the class (ours)
    loss_classes: str = "present"  # of Dice and IoU
    loss_size: str = "map"  # losses at stride 4, or at the image's size (paper)
    loss_weights_sum: str = "one"  # eq. 2 divided by the sum of its weights, or with them "as_given" (paper's presets)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Register a subclass that has its own model_type with transformers' AutoConfig."""
        super().__init_subclass__(**kwargs)
        if "model_type" in vars(cls):
            AutoConfig.register(cls.model_type, cls)

    def __post_init__(self, **kwargs: Any) -> None:
        ours = self.own_keys()
        for key in kwargs:
            if not hasattr(PreTrainedConfig, key) and key not in TRANSFORMERS_KEYS:
                hint = suggest(key, ours, f"the keys are {', '.join(ours)}")
                raise InputError(f"unknown key {key!r} of {type(self).__name__}; {hint}")
        given = self.classes_given(kwargs.pop("num_labels", None), type(self).classes)
        self.classes = check_class_names(given)
        self.num_groups = check_stage_counts("num_groups", self.num_groups)
        if not is_count(self.alignment_layers):
            self.alignment_layers = check_stage_counts("alignment_layers", self.alignment_layers)
        check_values(self)
        check_dtype(self.dtype)
        self._check_pairs()
        super().__post_init__(**kwargs)

    def _check_pairs(self) -> None:
        if self.temporal_width % self.temporal_heads:
            raise InputError(
                f"temporal_width is {self.temporal_width}, which {self.temporal_heads} temporal_heads do not divide"
            )
        if self.contrastive and self.alignment != "sgsm":
            raise InputError(
                f"contrastive alignment needs the groups of alignment='sgsm', not {self.alignment!r}: "
                "set contrastive=False, or alignment='sgsm'"
            )
        if self.names == "region" and (UNNAMED in self.classes or len(self.classes) >= MAX_CLASSES):
            raise InputError(
                f"names='region' marks regions without a name as {UNNAMED!r}, which needs an index of its own: take at "
                f"most {MAX_CLASSES - 1} classes of other names (here {len(self.classes)}), or names='pixel'"
            )
        if self.cross_entropy_weight + self.dice_weight + self.iou_weight == 0:
            raise InputError("cross_entropy_weight, dice_weight and iou_weight are all 0: one of them must be more")

    @classmethod
    def own_keys(cls) -> list[str]:
        """The keys that are not transformers', a parent class's first."""
        theirs = {entry.name for entry in fields(PreTrainedConfig)}
        return [entry.name for entry in fields(cls) if entry.name not in theirs]

    @property
    def layers_by_stage(self) -> tuple[int, ...]:
        """Decoder layers of eq. 7 at strides 4, 8 and 16."""
        layers: Any = self.alignment_layers
        return layers if isinstance(layers, tuple) else (layers,) * 3

    @property
    def effective_hear_from(self) -> str:
        """`hear_from` where audio tokens have directions, as in our trainable stereo encoders; else "anywhere"."""
        directions = self.audio_encoder in TRAINABLE_AUDIO_ENCODERS and self.stereo and self.audio_tokens == "all"
        return self.hear_from if directions else "anywhere"

    @property
    def num_classes(self) -> int:
        """Output classes, background included."""
        return len(self.classes) + 1

    @property
    def unnamed(self) -> int | None:
        """Index in masks of regions without a name, behind the classes; None where every pixel has a class."""
        names = self.mask_classes
        return self.num_classes if len(names) > self.num_classes else None

    @property
    def mask_classes(self) -> tuple[str, ...]:
        """What each index in a mask stands for: background, the classes and, with names by region, "unnamed"."""
        return mask_names(("background", *self.classes), self.names)

    @classmethod
    def preset(cls, name: str, **changes: Any) -> "RavsConfig":
        """The configuration of a preset, with some keys changed; a baseline's preset gives the baseline's class.

        Raises: InputError for an unknown preset or key.
        """
        if name not in PRESETS:
            near = get_close_matches(name, PRESETS, n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise InputError(f"no preset {name!r}; {hint}presets are {', '.join(PRESETS)}")
        values = {"model_type": "ravs", **PRESETS[name], **changes}
        config: RavsConfig = cls.config_class_of(values.pop("model_type"))(**values)
        return config

    @staticmethod
    def config_class_of(model_type: str) -> Any:
        """The configuration class of a method. Raises: ModelNotFoundError for an unknown model_type."""
        return RavsConfig if model_type == RavsConfig.model_type else config_class(model_type)

    @classmethod
    def from_pretrained(cls, name: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        """As transformers', but a baseline's folder gives the baseline's configuration class.

        'ravs-film' and 'ravs-tiny' are the models that come with the package.
        """
        name = shipped_folder(name)
        values, _ = cls.get_config_dict(name, **kwargs)
        method = str(values.get("model_type", cls.model_type))
        if cls is RavsConfig and method != cls.model_type and method in METHODS:
            return cls.config_class_of(method).from_pretrained(name, **kwargs)
        check_method(name, method, cls.model_type)
        return super().from_pretrained(name, **kwargs)

    @classmethod
    def from_dict(cls, config_dict: dict[str, Any], **kwargs: Any) -> Any:
        """As transformers', but keyword arguments are validated like the keys in the file."""
        ours = cls.own_keys()
        check_spelling(kwargs, (*ours, *LABEL_KEYS), cls.__name__)
        given = {key: kwargs.pop(key) for key in list(kwargs) if key in ours}
        labels = {key: kwargs.pop(key) for key in LABEL_KEYS if kwargs.get(key) is not None}
        if labels and "classes" not in given:
            given["classes"] = classes_of_labels(**labels)
        return super().from_dict({**config_dict, **given}, **kwargs)
