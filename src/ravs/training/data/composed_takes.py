"""Takes of a recipe's composed clips, which all runs on the same clips share; and the collator that draws them."""

from dataclasses import asdict
from pathlib import Path

from torch import nn

from ravs.config import RavsConfig
from ravs.config.recipe import ComposedDataRecipe, Recipe, resolve_config
from ravs.config.validation import TRAINABLE_AUDIO_ENCODERS
from ravs.files import drop_defaults, short_hash
from ravs.inference.processor import RavsProcessor
from ravs.modeling.encoders.audio.frozen import FrozenEncoder
from ravs.training.data.clip_cache import ClipCache
from ravs.training.data.composed_collator import ComposedCollator
from ravs.training.data.encoding_processor import EncodingProcessor
from ravs.training.data.feature_cache import encoder_hash
from ravs.training.data.training_clips import TrainingClips

CACHE_KEYS = ("scenes", "size", "seconds", "takes", "everything", "muted", "seed", "shares")  # of a cached clip
LATER_CACHE_KEYS = {  # added later, with their defaults, for which older caches keep their names
    "negative": ComposedDataRecipe.negative,
    "off_screen": ComposedDataRecipe.off_screen,
    "directions": RavsConfig.audio_directions,
    "silence_below_db": RavsConfig.silence_below_db,
}


def open_takes(recipe: Recipe, clips: TrainingClips, encoder: nn.Module, cache: Path) -> ClipCache:
    """Takes of the clips, from the cache; with the tokens of a frozen audio encoder in place of audio features."""
    config, data = resolve_config(recipe), asdict(recipe.data)
    of_config = {"directions": config.audio_directions, "silence_below_db": config.silence_below_db}
    values, processor = {**data, **of_config}, None
    settings = {
        **{key: values[key] for key in (*CACHE_KEYS, *LATER_CACHE_KEYS)},
        "classes": list(config.classes),
        "parts": clips.library.fingerprint,
        "audio_encoder": config.audio_encoder,
    }
    if isinstance(encoder, FrozenEncoder):
        processor = EncodingProcessor(config, encoder)
        settings["encoder_sha256"] = encoder_hash(processor.encoder)
    settings = drop_defaults(settings, LATER_CACHE_KEYS)
    folder = cache / f"takes-{short_hash(settings)}"
    return ClipCache.build(folder, clips, training_collator(recipe, config, processor), data["takes"], settings)


def training_collator(recipe: Recipe, config: RavsConfig, processor: RavsProcessor | None = None) -> ComposedCollator:
    """The collator of training clips; only spectrograms that a trainable audio encoder gets are augmented."""
    assert isinstance(recipe.data, ComposedDataRecipe)  # checked by the caller
    return ComposedCollator(
        config,
        tagging_only=recipe.task == "tagging",
        muted=recipe.data.muted,
        seconds=recipe.data.seconds,
        spec_augment=config.audio_encoder in TRAINABLE_AUDIO_ENCODERS,
        processor=processor,
    )
