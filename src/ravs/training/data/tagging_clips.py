"""Audio mixtures without frames, drawn on access, to pre-train the audio encoder by tagging; and its targets."""

import numpy as np
from jaxtyping import Float32
from torch.utils.data import Dataset

from ravs.data.composition.audio_mix import AudioMix, SoundSource, draw_audio_mix
from ravs.data.composition.roles import draw_classes_and_roles
from ravs.data.composition.scene import SECONDS, Backdrop, PlacedObject, Scene
from ravs.data.library.library import Library
from ravs.training.augmentation.audio_augmentation import VariedLibrary

Sample = dict[str, np.ndarray]

SUBSET_SHARES = {"ss": 0.35, "ms": 0.4, "msmi": 0.1, "negative": 0.15}


class TaggingClips(Dataset[Sample]):
    """Audio-only clips, with the classes of each second and the directions that they come from.

    A clip is determined by (seed, number), whatever was drawn before, and occurs once in a run.
    """

    def __init__(self, library: Library, *, count: int, seed: int, varied: bool, directions: int) -> None:
        self.library = library
        self.count = count
        self.seed = seed
        self.varied = varied
        self.directions = directions

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, number: int) -> Sample:
        generator = np.random.default_rng([self.seed, 5, number])
        library = VariedLibrary.of(self.library, generator) if self.varied else self.library
        subset = str(generator.choice(list(SUBSET_SHARES), p=list(SUBSET_SHARES.values())))
        mix = draw_audio_mix(audio_only_scene(subset, self.library, generator), library, generator)
        waveform = mix.waveform
        mono = self.varied and generator.random() < 0.15
        if mono:
            waveform = np.repeat(waveform.mean(axis=0, keepdims=True), 2, axis=0)
        if self.varied:
            waveform = waveform * np.float32(10 ** (generator.uniform(-12, 6) / 20))
        count = len(self.library.classes)
        active, direction = tagging_targets(mix, count, mirrored=False, mono=mono, directions=self.directions)
        return {"waveform": waveform, "active": active, "direction": direction, "random": np.array(generator.random())}


def audio_only_scene(subset: str, library: Library, generator: np.random.Generator) -> Scene:
    """Which classes sound from where, without placed cut-outs: centers are uniform over the frame's width."""
    names, roles = draw_classes_and_roles(subset, library, generator)
    objects = tuple(
        PlacedObject(
            class_name=name,
            class_index=library.index_of(name),
            cutout="",
            side=0.5,
            x=float(generator.uniform(0.1, 0.9)),
            y=0.5,
        )
        for name in names
    )
    return Scene(subset=subset, objects=objects, backdrop=Backdrop(path=""), roles=roles)


def tagging_targets(
    mix: AudioMix, num_classes: int, *, mirrored: bool, mono: bool, directions: int
) -> tuple[Float32[np.ndarray, "seconds classes"], Float32[np.ndarray, "seconds classes directions"]]:
    """Targets of audio tagging: which class sounds in each second, and from which of so many directions."""
    active = np.zeros((SECONDS, num_classes), np.float32)
    direction = np.zeros((SECONDS, num_classes, directions), np.float32)
    for source in (*mix.sources, mix.off_screen):
        if source is None or source.class_index == 0:
            continue
        seconds = np.flatnonzero(source.sounding)
        active[seconds, source.class_index - 1] = 1
        if source is not mix.off_screen and not mono:
            weights = _direction_weights(source, mirrored, directions)[seconds]
            of_class = direction[:, source.class_index - 1]
            of_class[seconds] = np.maximum(of_class[seconds], weights)
    return active, direction


def _direction_weights(
    source: SoundSource, mirrored: bool, directions: int
) -> Float32[np.ndarray, "seconds directions"]:
    """Each second's position, shared between the two nearest directions, whose centers are (n + 0.5) / directions."""
    x = source.x[50::100]  # in the middle of each second
    position = np.clip((1 - x if mirrored else x) * directions - 0.5, 0, directions - 1)
    weights: Float32[np.ndarray, "seconds directions"] = np.maximum(
        0, 1 - np.abs(position[:, None] - np.arange(directions))
    ).astype(np.float32)
    return weights
