"""One clip or a list of clips to a batch: told apart, checked, padded and stacked."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ravs.errors import InputError

CLIP_DIMENSIONS = 4  # of an array of frames: seconds, height, width, colors


def list_of_clips(images: Any, videos: Any, audio: Any) -> tuple[list[Any], list[Any]]:
    """Frames and audio of each clip, of one clip or of several. `videos` is another name for `images`.

    Raises: InputError where one is missing or given twice, or where their numbers differ.
    """
    if images is not None and videos is not None:
        raise InputError("images and videos are two names of one thing, the frames of clips: give one of them")
    frames = videos if images is None else images
    if frames is None:
        raise InputError("images are missing: give the frames of a clip, one for each second, as images=…")
    if audio is None:
        raise InputError("audio is missing: RAVS marks what sounds; give audio=…, zeros for silence")
    if not is_list_of_clips(frames):
        return [frames], [audio]
    clips, sounds = list(frames), list(audio)
    if len(clips) != len(sounds):
        raise InputError(f"{len(clips)} clips of images have {len(sounds)} of audio: give one audio for each clip")
    return clips, sounds


def is_list_of_clips(frames: Any) -> bool:
    """Whether frames are those of several clips: a list of clips, or an array with an axis more than a clip's."""
    if isinstance(frames, list | tuple):
        first = frames[0] if frames else None
        return isinstance(first, list | tuple) or getattr(first, "ndim", 0) == CLIP_DIMENSIONS
    return getattr(frames, "ndim", 0) == CLIP_DIMENSIONS + 1


def check_duration(waveform: np.ndarray, sample_rate_hz: int, seconds: int) -> None:
    """Raises InputError unless the audio (channels, samples) lasts a second for each frame."""
    audio_s = waveform.shape[1] / sample_rate_hz
    if audio_s < seconds - 1e-3:
        raise InputError(
            f"{seconds} frames need {seconds} s of sound; the waveform lasts {audio_s:.2f} s "
            f"at {sample_rate_hz} Hz: pad it with silence, or drop the last frames"
        )


def check_padding(padding: bool | str, seconds: int | None, lengths: Sequence[int]) -> None:
    """Raises: InputError for an unknown padding, and for False where clips of these lengths need some."""
    if padding not in (True, False, "longest", "max_length"):
        raise InputError(f"padding is {padding!r}; it must be True, False, 'longest' or 'max_length'")
    if padding == "max_length" and seconds is None:
        raise InputError("padding is 'max_length', but seconds is not given: say to how many seconds")
    if padding is False and len({*lengths, *([] if seconds is None else [seconds])}) > 1:
        listed = ", ".join(map(str, lengths))
        raise InputError(f"padding is False, but clips last {listed} s: give clips of one length, or padding=True")


def pad_clip(pixels: Tensor, features: Tensor, seconds: int, silence: Callable[[int], Tensor]) -> dict[str, Tensor]:
    """A clip's tensors by name, padded to so many seconds with mean color and silence, which are not valid.

    Raises: InputError for a clip that is longer.
    """
    length = len(pixels)
    missing = seconds - length
    if missing < 0:
        raise InputError(f"{length} frames do not fit into seconds={seconds}: give fewer, or a larger number")
    if missing:
        pixels = F.pad(pixels, (0, 0) * 3 + (0, missing))
        features = torch.cat([features, silence(missing)])
    return {"pixel_values": pixels, "audio_features": features, "valid": torch.arange(seconds) < length}


def stack_clips(clips: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
    """One batch of clips of one length. Raises: InputError where their frames have different sizes."""
    sizes = sorted({tuple(clip["pixel_values"].shape[-2:]) for clip in clips})
    if len(sizes) > 1:
        listed = ", ".join(f"{height}×{width}" for height, width in sizes)
        raise InputError(
            f"clips of one batch become frames of {listed}: give clips of one aspect ratio, or each by itself, or take "
            'a processor with resize="squash"'
        )
    return {name: torch.stack([clip[name] for clip in clips]) for name in clips[0]}
