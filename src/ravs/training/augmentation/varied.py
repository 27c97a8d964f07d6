"""Recordings a little changed each time they are played: what few recordings of a class ask for."""

from dataclasses import dataclass, fields

import numpy as np
from jaxtyping import Int16

from ravs.data.library.library import Library


@dataclass(frozen=True, kw_only=True)
class VariedLibrary(Library):
    """A library whose recordings come a little faster or slower, brighter or duller each time (augmentation)."""

    generator: np.random.Generator

    @classmethod
    def of(cls, library: Library, generator: np.random.Generator) -> "VariedLibrary":
        """The same parts, varied by this generator."""
        return cls(**{f.name: getattr(library, f.name) for f in fields(library)}, generator=generator)

    def sound(self, path: str) -> Int16[np.ndarray, " samples"]:
        """A recording at 0.85 to 1.18 times its speed, with a first-order tilt of its spectrum, at its own level."""
        recording = np.asarray(super().sound(path), dtype=np.float32)
        speed = float(np.exp(self.generator.uniform(-0.16, 0.16)))
        length = max(int(len(recording) / speed), 1)
        varied = np.interp(np.arange(length, dtype=np.float32) * speed, np.arange(len(recording)), recording)
        varied[1:] += self.generator.uniform(-0.6, 0.6) * varied[:-1]
        level = np.sqrt(np.mean(np.square(recording))) / max(np.sqrt(np.mean(np.square(varied))), 1e-6)
        levelled: Int16[np.ndarray, " samples"] = np.clip(varied * level, -32767, 32767).astype(np.int16)
        return levelled
