"""ClassMatchingModel (ours, not the paper's): a position sounds if it looks like what is heard.

All that it knows of the world is in frozen encoders and ImageNet's classifier; what is learned is which class of ours
each of them means, and how the two bind. docs/architecture.md describes it.
"""

from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn

from ravs.modeling.base import AVSModel
from ravs.modeling.encoders.visual.class_maps import ImageNetClassMaps
from ravs.modeling.matching.class_matching_config import ClassMatchingConfig
from ravs.modeling.matching.evidence import NamedMaps, OneMap
from ravs.modeling.matching.mask_head import MaskHead, class_logits, mask_entropy
from ravs.modeling.matching.sight_net import FrozenMaps, SightNet, join_stages
from ravs.modeling.matching.sound_classifier import Heard, SoundClassifier, has_directions, smooth_over_seconds
from ravs.modeling.outputs import ModelInputs, RavsOutput, Targets
from ravs.modeling.shapes import AudioTokens, ClassMaps, Images, ValidSeconds

SILENT_LOGIT = -20.0  # of sounding: a probability of 2e-9


class Match(NamedTuple):
    """What is in view, and what of it sounds, in some frames."""

    view: ClassMaps  # logits of background and the classes in view
    mask: OneMap  # logits of sounding
    names: NamedMaps  # log P(class | sounds)


class ClassMatchingModel(AVSModel):
    """Frozen encoders, a classifier of what is in view, a classifier of what is heard, and a head that matches them."""

    config_class = ClassMatchingConfig
    class_rows: ClassVar = {
        "sight_net.classify.weight": 1,
        "sight_net.classify.bias": 1,
        "sight_net.class_map_weight": 0,
        "sight_net.class_map_bias": 0,
        "sound_classifier.classify.weight": 1,
        "sound_classifier.classify.bias": 1,
        "sound_classifier.label_weight": 1,
    }

    def __init__(self, config: ClassMatchingConfig) -> None:
        super().__init__(config)
        first, second, middle, coarse = self.visual_encoder.channels
        self.class_maps = ImageNetClassMaps(config.classes, channels=coarse)
        self.sight_net = SightNet(
            channels=(first + second, middle, coarse),
            num_classes=len(config.classes),
            projection_width=config.projection_width,
            width=config.sight_width,
            depth=config.sight_depth,
        )
        parts = getattr(self.audio_encoder, "part_channels", {"vector": self.audio_encoder.channels})
        self.num_directions = parts.get("panorama", 0)
        self.sound_classifier = SoundClassifier(parts["vector"], config.classes)
        self.mask_head = MaskHead(
            detail_channels=first + second,
            detail_width=config.detail_width,
            width=config.head_width,
            class_map_share=config.class_map_share,
        )
        self.finish_init()

    def train(self, mode: bool = True) -> "ClassMatchingModel":
        """The visual encoder stays frozen, whatever `mode` is; transformers calls this at the end of loading, too."""
        super().train(mode)
        self.visual_encoder.requires_grad_(False).eval()
        return self

    def parts(self) -> dict[str, nn.Module]:
        """Modules that a forward pass runs beside the visual encoder, by name, for timing."""
        names = ("class_maps", "sight_net", "sound_classifier", "mask_head")
        return super().parts() | {name: getattr(self, name) for name in names}

    def forward_clips(self, inputs: ModelInputs) -> tuple[RavsOutput, tuple[Tensor, ...]]:
        """Sees, hears and matches. Logits are at stride 8."""
        maps = self.features(inputs.pixel_values.flatten(0, 1))
        tokens = self.audio_encoder(inputs.audio_features.flatten(0, 1))
        clips = inputs.pixel_values.shape[:2]
        every_second = inputs.pixel_values.new_ones(clips, dtype=torch.bool)
        heard = self.hear(tokens, every_second if inputs.valid is None else inputs.valid)
        match = self.checkpointed(self.match, maps, heard)
        logits = class_logits(match.mask, match.names)
        by_clip, doubt = (one.unflatten(0, clips) for one in (logits, mask_entropy(match.mask[:, 0])))
        names_heard = heard.logits.softmax(dim=1).unflatten(0, clips)
        output = RavsOutput(logits=by_clip, adjusted_logits=by_clip, uncertainty=doubt, heard=names_heard)
        if inputs.masks is not None:
            targets = Targets.folded(inputs.masks, inputs)
            output.segmentation_loss = self.segmentation_loss(*self.match_sizes(logits, targets))
            output.loss = output.segmentation_loss
        return output, (maps.fine, maps.middle, maps.coarse)

    @torch.no_grad()
    def features(self, images: Images) -> FrozenMaps:
        """What the frozen parts see, which can be kept: the visual encoder's maps and ImageNet's class maps."""
        stages = self.visual_encoder(images)
        return join_stages(stages, self.class_maps(stages[-1]))

    def hear(self, tokens: AudioTokens, valid: ValidSeconds) -> Heard:
        """What each second sounds like, from the audio encoder's tokens, which can be kept, too.

        Args:
            tokens: frames (clips times seconds), 1, channels, of which the last are the panorama.
            valid: clips, seconds.
        """
        names, panorama = tokens[:, 0].split([tokens.shape[2] - self.num_directions, self.num_directions], 1)
        if self.num_directions == 0:
            panorama = panorama.new_ones(len(panorama), 1)  # one direction, the middle
        logits = self.sound_classifier(names).unflatten(0, valid.shape)
        smoothed = smooth_over_seconds(logits, valid, self.config.neighbor_weight)
        return Heard(smoothed.flatten(0, 1), panorama, has_directions(panorama))

    def match(self, maps: FrozenMaps, heard: Heard) -> Match:
        """What is in view, and what of it sounds. In a silent second nothing does, whatever the head has learned."""
        view = self.sight_net(maps)
        mask, names = self.mask_head(maps, view, heard)
        return Match(view, mask.masked_fill(heard.silent[:, None, None, None], SILENT_LOGIT), names)
