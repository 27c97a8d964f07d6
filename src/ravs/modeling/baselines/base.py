"""What the baselines share: all stages of the visual encoder, one audio vector per second, losses by name."""

from dataclasses import dataclass
from typing import Any

from jaxtyping import Float
from torch import Tensor, nn

from ravs.config import BaselineConfig
from ravs.modeling.base import AVSModel
from ravs.modeling.encoders.visual.base import NUM_STAGES
from ravs.modeling.layers.position_encoding import sine_positions
from ravs.modeling.losses import segmentation_loss
from ravs.modeling.outputs import ModelInputs, RavsOutput, Targets
from ravs.modeling.shapes import AudioTokens, ClassMaps, FeatureMap, Masks, ValidSeconds

AudioVector = Float[Tensor, "frames audio_channels"]


@dataclass(frozen=True)
class ClipBatch:
    """How the frames of a batch group into clips."""

    num_clips: int
    seconds: int  # of each
    size: tuple[int, int]  # height and width of the images
    valid: ValidSeconds | None  # clips, seconds; None: every second counts


class BaselineModel(AVSModel):
    """A method that fuses after the complete visual encoder. A subclass defines its fusion and its losses.

    Its authors give it one audio vector per second. Several audio tokens (our encoders have one for each direction)
    enter through one linear map of all of them side by side: their mean would lose the direction, which RAVS is given.
    A single token is taken as it is, as published.
    """

    def __init__(self, config: BaselineConfig) -> None:
        super().__init__(config)
        tokens, width = self.audio_encoder.num_tokens, self.audio_encoder.channels
        self.gather = nn.Linear(tokens * width, width) if tokens > 1 else None

    def forward_clips(self, inputs: ModelInputs) -> tuple[RavsOutput, list[Tensor]]:
        """The fusion after the visual encoder, whose maps are the hidden states."""
        num_clips, seconds = inputs.pixel_values.shape[:2]
        height, width = inputs.pixel_values.shape[-2:]
        clips = ClipBatch(num_clips, seconds, (height, width), inputs.valid)
        audio = self.audio_encoder(inputs.audio_features.flatten(0, 1))
        maps = self.visual_maps(inputs.pixel_values.flatten(0, 1))
        logits, cache = self.checkpointed(self.fuse, maps, self.join_audio_tokens(audio), clips)
        by_clip = logits.unflatten(0, (num_clips, seconds))
        output = RavsOutput(logits=by_clip, adjusted_logits=by_clip.float())
        if inputs.masks is not None:
            targets = Targets.folded(inputs.masks, inputs)
            self.add_losses(output, logits.float(), cache, targets)
            self.add_tagging_loss(output, audio, targets)
        return output, maps

    def visual_maps(self, images: Tensor) -> list[Tensor]:
        """The visual encoder's maps of its four stages in turn."""
        maps = [self.visual_stage(0, images)]
        for index in range(1, NUM_STAGES):
            maps.append(self.visual_stage(index, maps[-1]))
        return maps

    def fuse(self, maps: list[Tensor], audio: AudioVector, clips: ClipBatch) -> tuple[ClassMaps, Any]:
        """Four maps at strides 4, 8, 16, 32 and the audio to class logits, and what the auxiliary loss needs."""
        raise NotImplementedError

    def auxiliary_loss(self, cache: Any, prediction: ClassMaps, masks: Masks, targets: Targets) -> Float[Tensor, ""]:
        """The loss that the method adds, zero if it has none; prediction and masks have one size, padding is 255."""
        return prediction.new_zeros(())

    def own_loss(self, prediction: ClassMaps, masks: Masks) -> Float[Tensor, ""]:
        """The published segmentation loss: cross-entropy of the labelled pixels, unless a subclass overrides it."""
        return segmentation_loss(prediction, masks, (1.0, 0.0, 0.0), "present")

    def join_audio_tokens(self, audio: AudioTokens) -> AudioVector:
        """The audio tokens of a second as one vector."""
        vector: Tensor = audio[:, 0] if self.gather is None else self.gather(audio.flatten(1))
        return vector

    def add_positions(self, maps: FeatureMap) -> FeatureMap:
        """Ours, where the configuration says `sine`: a map plus the position encoding of each token, as in ravs-tiny.

        Without it, the direction of the audio could not be matched to the left or the right half of an image.
        """
        if self.config.position_encoding == "none":
            return maps
        height, width = maps.shape[-2:]
        positions = sine_positions(height, width, maps.shape[1], maps)  # 1, tokens, channels
        positioned: Tensor = maps + positions.transpose(1, 2).unflatten(2, (height, width))
        return positioned

    def add_losses(self, output: RavsOutput, prediction: ClassMaps, cache: Any, targets: Targets) -> None:
        """Add the shared or the method's own segmentation loss, and its auxiliary loss, to the output."""
        prediction, masks = self.match_sizes(prediction, targets)
        loss_of = self.own_loss if self.config.loss == "own" else self.segmentation_loss
        output.segmentation_loss = loss_of(prediction, masks)
        output.auxiliary_loss = self.auxiliary_loss(cache, prediction, masks, targets)
        output.loss = output.segmentation_loss + self.config.auxiliary_weight * output.auxiliary_loss


def init_background_bias(classifier: nn.Conv2d) -> None:
    """Initialize biases as RavsModel's: 3 for background, since most pixels are, and 0 for the rest (ours)."""
    assert classifier.bias is not None
    nn.init.zeros_(classifier.bias)
    nn.init.constant_(classifier.bias[:1], 3.0)
