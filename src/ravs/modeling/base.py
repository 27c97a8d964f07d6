"""What every method shares: encoders, losses on the prediction, and complete loading of weights.

A comparison is meaningful only where nothing but the fusion differs; so everything else is written here, once.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import AutoModel, AutoModelForSemanticSegmentation, PreTrainedModel

from ravs.config import RavsConfig
from ravs.config.labels import IGNORE_INDEX
from ravs.config.methods import check_method
from ravs.config.presets import shipped_folder
from ravs.errors import InputError
from ravs.modeling.checkpoint_file import read_model_folder
from ravs.modeling.encoders.audio.factory import build_audio_encoder
from ravs.modeling.encoders.audio.frozen import FrozenEncoder
from ravs.modeling.encoders.key_maps import StateDict, to_native_names
from ravs.modeling.encoders.visual.factory import build_visual_encoder
from ravs.modeling.hub import CARD, push_folder
from ravs.modeling.losses import segmentation_loss, sounding_logits, tagging_loss
from ravs.modeling.model_card import model_card
from ravs.modeling.outputs import ModelInputs, RavsOutput, Targets
from ravs.modeling.weights import load_pretrained_strict

HUB_KEYS = ("commit_message", "commit_description", "private", "token", "revision", "create_pr")  # of `push_to_hub`


class AVSModel(PreTrainedModel):
    """Base of every method: encoders and losses. A subclass adds the parts between, and calls `finish_init` last."""

    config_class = RavsConfig
    base_model_prefix = "ravs"
    main_input_name = "pixel_values"
    supports_gradient_checkpointing = True
    gradient_checkpointing = False  # set by transformers' `activation_checkpointing_enable`
    config: Any  # RavsConfig or a baseline's
    visual_encoder: Any  # one of several classes: see encoders
    audio_encoder: Any
    # tensors of a subclass with a row for each class, and the number of rows before the first class (background's)
    class_rows: ClassVar[dict[str, int]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Register a class that names its own configuration with transformers' auto classes."""
        has_own_config = "config_class" in vars(cls)  # transformers writes the parent's into each class
        super().__init_subclass__(**kwargs)
        if has_own_config:
            for auto_class in (AutoModel, AutoModelForSemanticSegmentation):
                auto_class.register(cls.config_class, cls)

    def __init__(self, config: RavsConfig) -> None:
        check_method(config.name_or_path or "the configuration", config.model_type, self.config_class.model_type)
        super().__init__(config)
        self.visual_encoder = build_visual_encoder(config.visual_encoder)
        self.audio_encoder = build_audio_encoder(
            config.audio_encoder,
            width=config.audio_width,
            directions=config.audio_directions,
            stereo=config.stereo,
            num_classes=len(config.classes),
        )

    def finish_init(self) -> None:
        """End a constructor: a new model is in evaluation mode, as one from `from_pretrained` is."""
        self.post_init()
        self.eval()

    def forward(
        self,
        pixel_values: Tensor,
        audio_features: Tensor,
        valid: Tensor | None = None,
        masks: Tensor | None = None,
        sounding: Tensor | None = None,
        directions: Tensor | None = None,
        labels: Tensor | None = None,
        output_hidden_states: bool | None = None,
        return_dict: bool | None = None,
    ) -> RavsOutput | tuple[Any, ...]:
        """One or several clips, all of the same number of seconds, as the processor makes them.

        Args:
            pixel_values: clips, seconds, 3, height, width; normalized, any height and width.
            audio_features: clips, seconds, planes, time, bins; from the front end of this audio encoder.
            valid: clips, seconds; False for padding. None: every second counts.
            masks: clips, seconds, height, width; class indices, 255 ignored. Gives the loss.
            sounding, directions: clips, seconds, classes (without background) and the same by direction, for the
                tagging loss of our audio encoders.
            labels: transformers' name for `masks`: give one of the two.
            output_hidden_states: also return the maps that the method begins with. None: as the configuration says.
            return_dict: False for a tuple without the names. None: as the configuration says.

        Inputs may be float32 whatever the dtype of the weights: see `mixed_precision`.
        Raises: InputError for both masks and labels.
        """
        if masks is not None and labels is not None:
            raise InputError("masks and labels are two names of one thing: give one of them")
        masks = masks if labels is None else labels
        with self.mixed_precision():
            output, maps = self.forward_clips(
                ModelInputs(pixel_values, audio_features, valid, masks, sounding, directions)
            )
        if self.config.output_hidden_states if output_hidden_states is None else output_hidden_states:
            output.hidden_states = tuple(one.unflatten(0, pixel_values.shape[:2]) for one in maps)
        as_named = self.config.return_dict if return_dict is None else return_dict
        return output if as_named else output.to_tuple()

    def mixed_precision(self) -> AbstractContextManager[Any]:
        """With weights in half precision, layers compute in it, and what has to be exact in float32 (autocast)."""
        half = self.dtype in (torch.float16, torch.bfloat16)
        return torch.autocast(self.device.type, self.dtype) if half else nullcontext()

    def forward_clips(self, inputs: ModelInputs) -> tuple[RavsOutput, Sequence[Tensor]]:
        """The method itself. Returns the output, and its hidden states by frame."""
        raise NotImplementedError

    def visual_stage(self, index: int, maps: Tensor) -> Tensor:
        """Stage `index` of the visual encoder. Encoders of transformers checkpoint their gradients themselves."""
        run = self.visual_encoder.run_stage
        own = any(hasattr(module, "gradient_checkpointing") for module in self.visual_encoder.modules())
        staged: Tensor = run(index, maps) if own else self.checkpointed(run, index, maps)
        return staged

    def checkpointed(self, function: Callable[..., Any], *args: Any) -> Any:
        """Call a function; in training with gradient checkpointing it is called again for the gradients."""
        if self.gradient_checkpointing and self.training:
            return self._gradient_checkpointing_func(function, *args)
        return function(*args)

    def parts(self) -> dict[str, nn.Module]:
        """Modules that a forward pass runs beside the visual encoder, by name, for timing."""
        return {"audio encoder": self.audio_encoder}

    def match_sizes(self, prediction: Tensor, targets: Targets) -> tuple[Tensor, Tensor]:
        """Prediction and masks at one size: the image's, or the prediction's where the configuration says so.

        Padded seconds become 255. Returns frames, classes, height, width and frames, height, width.
        """
        masks = targets.masks
        if self.config.loss_size == "picture":
            prediction = F.interpolate(prediction, masks.shape[-2:], mode="bilinear")
        else:
            masks = F.interpolate(masks[:, None].float(), prediction.shape[-2:], mode="nearest-exact")[:, 0].long()
        return prediction, masks.long().masked_fill(~targets.valid[:, None, None], IGNORE_INDEX)

    def segmentation_loss(self, prediction: Tensor, masks: Tensor) -> Tensor:
        """Eq. 2 with the configuration's weights; ours: plus the same on sounding against silent, for all classes."""
        config = self.config
        weights = (config.cross_entropy_weight, config.dice_weight, config.iou_weight)
        options = (weights, config.loss_classes, config.loss_weights_sum)
        loss = segmentation_loss(prediction, masks, *options)
        if config.sounding_weight == 0 or config.num_classes == 2:  # in a binary set the two are one
            return loss
        sounding = masks.where(masks == IGNORE_INDEX, (masks > 0).long())
        binary_loss = segmentation_loss(sounding_logits(prediction), sounding, *options)
        weighted: Tensor = loss + config.sounding_weight * binary_loss
        return weighted

    def add_tagging_loss(self, output: RavsOutput, audio: Tensor, targets: Targets) -> None:
        """Ours: the loss that our audio encoders are first trained with, as an auxiliary where it has targets.

        A frozen audio encoder has no tags, and nothing to learn from them.
        """
        tagged = not isinstance(self.audio_encoder, FrozenEncoder)
        if tagged and targets.sounding is not None and targets.directions is not None:
            tags = self.audio_encoder.tag(audio)
            output.tagging_loss = tagging_loss(tags, targets.sounding, targets.directions, targets.valid)
            output.loss = output.loss + self.config.tagging_weight * output.tagging_loss

    def _init_weights(self, module: nn.Module) -> None:
        """Do nothing: each module keeps the initial weights of its own constructor.

        transformers' deviation of 0.02 everywhere would let a five-hundredth of the audio through an alignment.
        """

    def save_pretrained(self, save_directory: Any, *args: Any, push_to_hub: bool = False, **kwargs: Any) -> Any:
        """As transformers', but each tensor keeps the model's own name.

        transformers would give its own encoders the tensor names that files of its hub had in earlier versions, which
        nothing but `from_pretrained` reads. A folder without a card, README.md, gets one with the lines that load it.
        """
        repo_id = kwargs.pop("repo_id", Path(save_directory).name)
        hub = {key: kwargs.pop(key) for key in HUB_KEYS if key in kwargs}
        saved = super().save_pretrained(save_directory, *args, **kwargs | {"save_original_format": False})
        card = Path(save_directory) / CARD
        if kwargs.get("is_main_process", True) and not card.exists():
            card.write_text(model_card(self.config), encoding="utf-8")
        if push_to_hub:
            self.push_to_hub(repo_id, **hub)
        return saved

    def push_to_hub(self, *args: Any, **kwargs: Any) -> str:  # type: ignore[override]
        """Upload the model's files to a repository of the hub, `repo_id`; a card that is there stays.

        Other keywords: commit_message, commit_description, private, token, revision, create_pr; see `push_folder`.
        """
        return push_folder(self.save_pretrained, *args, **kwargs)

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path: Any, *args: Any, **kwargs: Any) -> Any:
        """As transformers', but weights load completely or not at all, and as float32 unless a dtype is asked for.

        Args:
            pretrained_model_name_or_path: 'ravs-tiny' or 'ravs-film', which come with the package; a folder; or a
                hub's `owner/name`.
            args, kwargs: transformers', and keys of the configuration. For classes of one's own, `classes=[…]` with
                `ignore_mismatched_sizes=True`: weights of another shape start as those of a new model, with a warning
                that names them, and have to be trained.

        Raises: ModelNotFoundError that names what is missing, surplus or of another shape, or the class to load a model
            of another method with.
        """
        return load_pretrained_strict(
            super().from_pretrained, shipped_folder(pretrained_model_name_or_path), *args, **kwargs
        )


def read_model_weights(folder: Path) -> StateDict:
    """The tensors of a model's or run's folder, or of a checkpoint, under our names. Raises: ModelNotFoundError."""
    return to_native_names(read_model_folder(folder))
