"""Composed training clips: augmented frames of a scene pool, with audio that is drawn again in every epoch."""

from dataclasses import dataclass

import numpy as np
import torch
from torch.utils.data import Dataset

from ravs.data.composition.audio_mix import draw_audio_mix
from ravs.data.composition.render import class_masks
from ravs.data.composition.roles import redraw_roles
from ravs.data.composition.scene_pool import ScenePool
from ravs.data.library.library import Library
from ravs.training.augmentation.audio_augmentation import (
    StereoAudio,
    VariedLibrary,
    add_noise,
    reverberate,
    set_channels_and_gain,
)
from ravs.training.augmentation.image_augmentation import (
    Frames,
    Instances,
    ZoomWindow,
    defocus,
    draw_zoom_window,
    jitter_colors,
    jitter_object_colors,
    occlude,
    zoom_and_warp,
)
from ravs.training.data.tagging_clips import Sample, tagging_targets


@dataclass(frozen=True, kw_only=True)
class ComposedAugmentation:
    """Probabilities and amounts of augmentation. `ComposedAugmentation.none()` only draws the audio.

    Amounts are ours, chosen by validation metrics of ravs-tiny where notes/log.md has them, else small enough that
    a person still recognizes what is seen and heard.
    """

    mirror: float = 0.5  # probability
    zoom: float = 0.35  # enlarged or shrunk by up to 1 + zoom
    stretch: float = 0.25  # columns against rows, by up to 1 + stretch
    warp: float = 0.02  # standard deviation of a smooth warp, as a fraction of the side
    color: float = 0.3  # of brightness, contrast and saturation, each way
    hue_degrees: float = 20.0
    object_color: float = 0.5  # probability of jittering an object's colors separately, by the same amounts again
    occlusion: float = 0.3  # probability of something before all objects
    blur: float = 0.012  # largest standard deviation, as a fraction of the side
    vary_recordings: bool = True  # in speed and spectrum
    reverb: float = 0.3  # probability
    noise: float = 0.3  # probability of white noise
    mono: float = 0.15  # probability
    gain_db: tuple[float, float] = (-12.0, 6.0)
    everything: bool = False  # masks show all that is in view, whether or not it sounds
    redraw_roles: bool = True  # draw again which objects sound, in any subset that fits
    negative: float = 0.1  # probability that nothing in view sounds
    off_screen: float = 0.1  # of the other clips: probability that another class sounds as well

    @classmethod
    def none(cls) -> "ComposedAugmentation":
        """Frames and roles as in the scene, audio as mixed."""
        return cls(
            mirror=0.0,
            zoom=0.0,
            stretch=0.0,
            warp=0.0,
            color=0.0,
            hue_degrees=0.0,
            object_color=0.0,
            occlusion=0.0,
            blur=0.0,
            reverb=0.0,
            noise=0.0,
            vary_recordings=False,
            redraw_roles=False,
            mono=0.0,
            gain_db=(0.0, 0.0),
            negative=0.0,
            off_screen=0.0,
        )


class TrainingClips(Dataset[Sample]):
    """Clips of a pool, determined by (seed, epoch, index). `set_epoch` also reaches workers that already run."""

    def __init__(
        self,
        pool: ScenePool,
        library: Library,
        *,
        directions: int,
        seed: int = 0,
        augmentation: ComposedAugmentation | None = None,
    ) -> None:
        self.pool = pool
        self.library = library
        self.seed = seed
        self.augmentation = augmentation or ComposedAugmentation()
        self.directions = directions
        self._epoch = torch.zeros((), dtype=torch.int64).share_memory_()

    def set_epoch(self, epoch: int) -> None:
        """Draw other audio and augmentation from now on."""
        self._epoch.fill_(epoch)

    def name_of(self, index: int) -> str:
        """A clip's name in messages."""
        scene = self.pool.scenes[index]
        return f"scene {index} ({scene.subset}: {', '.join(placed.class_name for placed in scene.objects)})"

    def __len__(self) -> int:
        """Number of scenes in the pool."""
        return len(self.pool)

    def __getitem__(self, index: int) -> Sample:
        """One clip.

        Returns:
            frames seconds, side, side, 3 uint8; masks seconds, side, side uint8; waveform 2, samples float32 at
            32 kHz; active seconds, classes float32: which class sounds in each second, off-screen ones too
            (without background); direction seconds, classes, directions float32: where each class in view sounds
            from; random: a number in [0, 1) for the collator's random choices.
        """
        generator = np.random.default_rng([self.seed, int(self._epoch), index])
        change, scene = self.augmentation, self.pool.scenes[index]
        frames, instances = self.pool.frames_and_instances(index)
        window = draw_zoom_window(change.zoom, change.stretch, generator)
        frames, instances = self._augment_images(frames, instances, window, generator)
        roles = scene.roles
        if change.redraw_roles:
            roles = redraw_roles(scene, self.library, generator, change.negative)
        library = VariedLibrary.of(self.library, generator) if change.vary_recordings else self.library
        position = {"zoom": window.zoom[0], "shift": window.shift[0]}
        mix = draw_audio_mix(scene, library, generator, roles=roles, off_screen=change.off_screen, **position)
        mirrored = bool(generator.random() < change.mirror)
        mono = bool(generator.random() < change.mono)
        shown = mix.sounding | change.everything
        masks = class_masks(instances, [placed.class_index for placed in scene.objects], shown)
        count = len(self.library.classes)
        active, direction = tagging_targets(mix, count, mirrored=mirrored, mono=mono, directions=self.directions)
        return {
            "frames": frames[:, :, ::-1].copy() if mirrored else frames,
            "masks": masks[:, :, ::-1].copy() if mirrored else masks,
            "waveform": set_channels_and_gain(
                self._augment_audio(mix.waveform, generator), mirrored, mono, change.gain_db, generator
            ),
            "active": active,
            "direction": direction,
            "random": np.array(generator.random()),
        }

    def _augment_images(
        self, frames: Frames, instances: Instances, window: ZoomWindow, generator: np.random.Generator
    ) -> tuple[Frames, Instances]:
        """Frames and instance maps after all changes but mirroring."""
        change = self.augmentation
        frames, instances = zoom_and_warp(frames, instances, window, change.warp, generator)
        frames = jitter_object_colors(
            frames, instances, change.object_color, change.color, change.hue_degrees, generator
        )
        frames, instances = occlude(frames, instances, change.occlusion, generator)
        frames = jitter_colors(frames, change.color, change.hue_degrees, generator)
        return defocus(frames, change.blur, generator), instances

    def _augment_audio(self, audio: StereoAudio, generator: np.random.Generator) -> StereoAudio:
        """The mix with reverberation and noise."""
        return add_noise(reverberate(audio, self.augmentation.reverb, generator), self.augmentation.noise, generator)
