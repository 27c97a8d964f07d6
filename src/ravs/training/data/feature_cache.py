"""On-disk cache of a frozen audio encoder's tokens: each clip is encoded once for all runs.

A frozen encoder costs a third of a step, and its output never changes. The key of an entry hashes everything that
determines the tokens: the samples, the encoder's weights and the program text between the two. So no entry can be
stale, and runs and processes share one folder.
"""

import hashlib
import inspect
import os
from pathlib import Path

import numpy as np
import torch
import transformers
from jaxtyping import Float
from torch import Tensor, nn

from ravs.config import RavsConfig
from ravs.errors import RavsError
from ravs.files import content_hash, remove
from ravs.media.resample import resample
from ravs.modeling.encoders.audio.aisfx import AiSFX
from ravs.modeling.encoders.audio.front_ends import FrontEnd
from ravs.modeling.encoders.audio.frozen import FrozenEncoder
from ravs.modeling.encoders.audio.htsat import HTSAT
from ravs.modeling.encoders.audio.mel_filters import triangular_filters
from ravs.modeling.encoders.audio.pan_law import shares_by_direction
from ravs.modeling.encoders.audio.vggish import VGGish
from ravs.modeling.encoders.audio.yamnet import YAMNet
from ravs.modeling.encoders.audio.yamnet_panorama import YAMNetPanorama
from ravs.training.data.encoding_processor import EncodingProcessor, Tokens

MIN_SECONDS = 4  # encoded at least together: fewer rows of a matrix are multiplied in another order
HASH_DIGITS = 32  # of a hash in a file name


class CachingProcessor(EncodingProcessor):
    """An EncodingProcessor that computes the tokens of a clip only where its entry is missing or broken.

    Entries are written atomically. Swapped channels give an encoder of mono the same input, and find the same entry.
    """

    def __init__(self, config: RavsConfig, encoder: FrozenEncoder, folder: Path) -> None:
        """Entries are in a subfolder of `folder` that is named after the encoder, and the level of silence if any."""
        super().__init__(config, encoder)
        name = f"{config.audio_encoder}-{encoder_hash(self.encoder)[:HASH_DIGITS]}"
        silence = "" if config.silence_below_db is None else f"-silence{config.silence_below_db:g}"
        self.folder = folder / f"{name}{silence}"

    def extract_audio_features(self, waveform: np.ndarray, sample_rate_hz: int, seconds: int) -> Tokens:
        """Tokens of each second: seconds, audio, channels."""
        stereo = self.feature_extractor.front_end.planes > 1
        path = self.folder / entry_name(waveform, sample_rate_hz, seconds, stereo=stereo)
        tokens = read_entry(path, seconds)
        if tokens is None:
            tokens = super().extract_audio_features(waveform, sample_rate_hz, seconds)
            write_entry(path, tokens)
        return tokens

    def encode(self, features: Float[Tensor, "seconds planes time bins"]) -> Tokens:
        """Tokens, equal to the last bit to those in a larger batch (measured on a CPU; a GPU has its own bits)."""
        missing = max(MIN_SECONDS - len(features), 0)
        return super().encode(torch.cat([features, features[:1].repeat(missing, 1, 1, 1)]))[: len(features)]


def entry_name(waveform: np.ndarray, sample_rate_hz: int, seconds: int, *, stereo: bool = False) -> str:
    """Name of an entry: by the samples, the rate and the seconds; with channels in either order unless `stereo`."""
    channels = [hashlib.sha256(np.ascontiguousarray(row, np.float32).data).digest() for row in waveform]
    channels = channels if stereo else sorted(channels)
    digest = hashlib.sha256(f"{sample_rate_hz} {seconds} {len(channels)} ".encode() + b"".join(channels)).hexdigest()
    return f"{digest[:2]}/{digest[:HASH_DIGITS]}.npy"


def encoder_hash(encoder: nn.Module) -> str:
    """Hash of the encoder's weights, and of all program text between a waveform and its tokens."""
    digest = hashlib.sha256(f"{torch.__version__} {transformers.__version__}".encode())
    digest.update(content_hash(*program_files()).encode())
    for name, tensor in encoder.state_dict().items():
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.contiguous().numpy().data)
    return digest.hexdigest()


def program_files() -> tuple[Path, ...]:
    """The program files that turn a waveform into tokens."""
    audio = (resample, FrontEnd, triangular_filters, shares_by_direction)
    parts = (*audio, VGGish, HTSAT, AiSFX, YAMNet, YAMNetPanorama)
    return tuple(Path(inspect.getfile(part)) for part in parts)


def read_entry(path: Path, seconds: int) -> Tokens | None:
    """The tokens of a file; None if it is missing, broken or of another type or shape."""
    try:
        values = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    valid = isinstance(values, np.ndarray) and values.dtype == np.float32 and values.ndim == 3
    return torch.from_numpy(values) if valid and len(values) == seconds else None


def write_entry(path: Path, tokens: Tokens) -> None:
    """Write an entry atomically, from a file of this process's own: another process may write the same entry."""
    own = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with own.open("wb") as file:
            np.save(file, tokens.numpy())
        own.replace(path)
    except OSError as error:
        raise RavsError(
            f"{path.parent}: tokens of the audio encoder cannot be kept there ({error.strerror}): make room, or, "
            "where a data set is trained on, set data.remembered=false"
        ) from error
    finally:
        remove(own)
