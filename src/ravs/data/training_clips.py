"""Clips to train on: pictures of a pool, changed a little, with a sound that is drawn anew in every epoch."""

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from jaxtyping import Float32, UInt8
from torch.utils.data import Dataset

from ravs.data.casting import redraw_roles
from ravs.data.library import Library
from ravs.data.pool import ScenePool
from ravs.data.render import class_masks
from ravs.data.sound import Mix, draw_sound
from ravs.data.targets import Sample, targets
from ravs.data.varied import VariedLibrary
from ravs.files import hash_of

Frames = UInt8[np.ndarray, "seconds side side 3"]
Instances = UInt8[np.ndarray, "seconds side side"]


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """How often and how far clips are changed. `Augmentation.none()` draws sounds only."""

    mirror: float = 0.5
    zoom: float = 0.25  # largest enlargement beyond 1
    colour: float = 0.2  # of brightness, contrast and saturation, each way
    hue_degrees: float = 12.0
    vary_sounds: bool = True  # speed and spectrum of the recordings
    mono: float = 0.15
    gain_db: tuple[float, float] = (-12.0, 6.0)
    everything: bool = False  # masks show all that is in view, whether or not it sounds
    redraw_roles: bool = True  # who sounds is drawn anew, under any subset that fits
    negative: float = 0.1  # clips in which nothing in view sounds
    off_screen: float = 0.1  # of the others: clips in which something else is heard as well

    @classmethod
    def none(cls) -> "Augmentation":
        """Pictures as they are, roles as the scene was made with, the sound as it is mixed."""
        return cls(
            mirror=0.0,
            zoom=0.0,
            colour=0.0,
            hue_degrees=0.0,
            vary_sounds=False,
            redraw_roles=False,
            mono=0.0,
            gain_db=(0.0, 0.0),
            negative=0.0,
            off_screen=0.0,
        )


class TrainingClips(Dataset[Sample]):
    """Clips of a pool; the same for the same seed, epoch and index. `set_epoch` reaches workers that already run."""

    def __init__(
        self, pool: ScenePool, library: Library, seed: int = 0, augmentation: Augmentation | None = None
    ) -> None:
        self.pool = pool
        self.library = library
        self.seed = seed
        self.augmentation = augmentation or Augmentation()
        self._epoch = torch.zeros((), dtype=torch.int64).share_memory_()

    def set_epoch(self, epoch: int) -> None:
        """Draw other sounds and changes from now on."""
        self._epoch.fill_(epoch)

    @property
    def fingerprint(self) -> str:
        """Of what the clips are made from: the pool's settings, its library's parts among them, and the seed."""
        settings = sorted(self.pool.settings.__dict__.items())
        return hash_of([str(self.seed), *(f"{key} {value}" for key, value in settings)])[:16]

    def name_of(self, index: int) -> str:
        """How a clip is called in messages."""
        scene = self.pool.scenes[index]
        return f"scene {index} ({scene.subset}: {', '.join(thing.class_name for thing in scene.objects)})"

    def __len__(self) -> int:
        """Number of scenes in the pool."""
        return len(self.pool)

    def __getitem__(self, index: int) -> Sample:
        """One clip.

        Returns:
            frames seconds, side, side, 3 uint8; masks seconds, side, side uint8; waveform 2, samples float32 at
            32 kHz; active seconds, classes float32: which class is heard in each second, off-screen ones too
            (without background); direction seconds, classes, 8 float32: the classes in view by where they are heard
            from; random: a number in [0, 1) for what a batch decides.
        """
        generator = np.random.default_rng([self.seed, int(self._epoch), index])
        change, scene = self.augmentation, self.pool.scenes[index]
        frames, instances = self.pool.pictures(index)
        zoom, shift = _draw_window(change.zoom, generator)
        frames, instances = _crop(frames, instances, zoom, shift)
        roles = scene.roles
        if change.redraw_roles:
            roles = redraw_roles(scene, self.library, generator, change.negative)
        sounds = VariedLibrary.of(self.library, generator) if change.vary_sounds else self.library
        mix = draw_sound(scene, sounds, generator, roles=roles, zoom=zoom, shift=shift[0], off_screen=change.off_screen)
        mirrored = bool(generator.random() < change.mirror)
        mono = bool(generator.random() < change.mono)
        frames = _recolour(frames, change, generator)
        shown = mix.sounding | change.everything
        masks = class_masks(instances, [thing.class_index for thing in scene.objects], shown)
        active, direction = targets(mix, len(self.library.classes), mirrored=mirrored, mono=mono)
        return {
            "frames": frames[:, :, ::-1].copy() if mirrored else frames,
            "masks": masks[:, :, ::-1].copy() if mirrored else masks,
            "waveform": _finish_sound(mix, mirrored, mono, change.gain_db, generator),
            "active": active,
            "direction": direction,
            "random": np.array(generator.random()),
        }


def _draw_window(most: float, generator: np.random.Generator) -> tuple[float, tuple[float, float]]:
    """Zoom and shift of a crop: what was at x is seen at zoom * x + shift. Half of the clips stay whole."""
    if most <= 0 or generator.random() < 0.5:
        return 1.0, (0.0, 0.0)
    zoom = float(generator.uniform(1, 1 + most))
    corner = generator.uniform(0, 1 - 1 / zoom, 2) * zoom
    return zoom, (-float(corner[0]), -float(corner[1]))


def _crop(frames: Frames, instances: Instances, zoom: float, shift: tuple[float, float]) -> tuple[Frames, Instances]:
    """Pictures and maps seen through a window, the same for every second."""
    if zoom == 1:
        return np.array(frames), np.array(instances)
    side = frames.shape[1]
    middle = (zoom - 1) / 2  # pixel centres lie half a pixel from the picture's edge
    window = np.array([[zoom, 0, shift[0] * side + middle], [0, zoom, shift[1] * side + middle]])
    size = (side, side)
    edge = cv2.BORDER_REPLICATE
    seen = [cv2.warpAffine(frame, window, size, flags=cv2.INTER_LINEAR, borderMode=edge) for frame in frames]
    maps = [cv2.warpAffine(map_, window, size, flags=cv2.INTER_NEAREST, borderMode=edge) for map_ in instances]
    return np.stack(seen), np.stack(maps)


def _recolour(frames: Frames, change: Augmentation, generator: np.random.Generator) -> Frames:
    """Brightness, contrast, saturation and hue, the same for every second, as one matrix and an offset."""
    if not change.colour and not change.hue_degrees:
        return frames
    brightness, contrast, saturation = generator.uniform(1 - change.colour, 1 + change.colour, 3)
    angle = np.deg2rad(generator.uniform(-change.hue_degrees, change.hue_degrees))
    grey = np.full((3, 3), 1 / 3)
    axis = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / np.sqrt(3)
    turn = np.cos(angle) * np.eye(3) + np.sin(angle) * axis + (1 - np.cos(angle)) * grey
    matrix = brightness * contrast * (saturation * turn + (1 - saturation) * grey)
    offset = brightness * (1 - contrast) * float(frames.mean())
    flat = frames.reshape(1, -1, 3).astype(np.float32)
    changed = cv2.transform(flat, np.hstack([matrix, np.full((3, 1), offset)]))
    return np.clip(np.rint(changed), 0, 255).astype(np.uint8).reshape(frames.shape)


def _finish_sound(
    mix: Mix, mirrored: bool, mono: bool, gain_db: tuple[float, float], generator: np.random.Generator
) -> Float32[np.ndarray, "2 samples"]:
    """The mix with its ears swapped, summed or as they are, louder or quieter, never beyond 1."""
    sound = mix.waveform[::-1] if mirrored else mix.waveform
    if mono:
        sound = np.repeat(sound.sum(axis=0, keepdims=True) / np.float32(np.sqrt(2)), 2, axis=0)
    gain = 10 ** (generator.uniform(*gain_db) / 20)
    return np.ascontiguousarray(sound * np.float32(min(gain, 1 / max(float(np.abs(sound).max()), 1e-6))))
