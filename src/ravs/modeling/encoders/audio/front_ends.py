"""Log-mel front ends: one second of audio to the input of VGGish, YAMNet, HTSAT, aiSFX and our own audio encoders."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ravs.errors import InputError
from ravs.modeling.encoders.audio.mel_filters import aisfx_filters, slaney_filters, vggish_filters

VGGISH_EXAMPLE = 15_600  # samples of one example: 96 windows of 400, one every 160, at 16 kHz
VGGISH_FLOOR = 0.01  # added to the magnitude in a band before its logarithm
AISFX_MAXIMUM = 9.457798957824707  # of the log-mel of all recordings that aiSFX was trained on
AISFX_GAIN = 10_000  # of the power in a band before 1 is added, in whose place it hides noise below -69 dBFS
YAMNET_FLOOR = 0.001  # added to the magnitude in a band before its logarithm; VGGish adds ten times as much
POWER_FLOOR = 1e-6  # white noise of -71 dBFS has this power in every band of ours: below it is silence
NEPERS_OF_POWER = 2  # in a neper of magnitude
LEVEL_SPAN = 10.0  # nepers of power from the middle of the scale to its ends
SIDE_LIMIT = 3.0  # nepers of power between left and right: 13 dB, a source beyond it is simply at one side


def vggish_log_mel(
    waveform: Float[Tensor, "*batch samples"], floor: float = VGGISH_FLOOR
) -> Float[Tensor, "*batch time 64"]:
    """Windows of 400 samples, one every 160, incomplete ones dropped; log of the magnitude in 64 bands plus a floor."""
    window = torch.hann_window(400, device=waveform.device)
    magnitude = torch.fft.rfft(waveform.unfold(-1, 400, 160) * window, 512).abs()
    return torch.log(magnitude @ torch.from_numpy(vggish_filters()).to(waveform.device) + floor)


def aisfx_log_mel(waveform: Float[Tensor, "*batch samples"]) -> Float[Tensor, "*batch time 96"]:
    """Windows of 2048 samples, one every 1024, incomplete ones dropped; log10 of 1 + 10,000 × power in 96 bands.

    Divided by the maximum over the recordings that the encoder was trained on. Essentia's Hann window is symmetric.
    """
    window = torch.hann_window(2048, periodic=False, device=waveform.device)
    spectrum = torch.fft.rfft(waveform.unfold(-1, 2048, 1024) * window)
    power = spectrum.real.square() + spectrum.imag.square()
    bands = power @ torch.from_numpy(aisfx_filters()).to(power.device)
    return torch.log10(1 + AISFX_GAIN * bands) / AISFX_MAXIMUM


def stft_by_second(waveform: Tensor) -> Tensor:
    """Complex spectrum of each second by itself: 1024 samples every 320, centered, reflected at both ends.

    Shapes: seconds, samples at 32 kHz to seconds, 513, 101.
    """
    window = torch.hann_window(1024, device=waveform.device)
    return torch.stft(waveform, 1024, 320, window=window, center=True, pad_mode="reflect", return_complex=True)


def _mel_power(spectrum: Tensor) -> Tensor:
    """Power in Slaney's 64 bands. Shapes: seconds, 513, time to seconds, time, 64."""
    power = spectrum.real.square() + spectrum.imag.square()
    return power.transpose(1, 2) @ torch.from_numpy(slaney_filters()).to(power.device)


def _vggish(waveform: Tensor) -> Tensor:
    """The first 0.975 s of every second: the example of published features that begins where the second does."""
    return vggish_log_mel(waveform.mean(dim=1)[:, :VGGISH_EXAMPLE]).unsqueeze(1)


def _htsat(waveform: Tensor) -> Tensor:
    """Decibels of power, at least -100, not normalized: the encoder's batch norm does that."""
    return 10 * torch.log10(_mel_power(stft_by_second(waveform.mean(dim=1))).clamp(min=1e-10)).unsqueeze(1)


def _aisfx(waveform: Tensor) -> Tensor:
    """Complete windows only, 42 in 44,100 samples, as inside a recording.

    The authors also pad a recording's two ends with silence, whose edges are clicks: with them in every second, the
    vectors would differ more from those of the same second inside its recording.
    """
    return aisfx_log_mel(waveform.mean(dim=1)).unsqueeze(1)


def _yamnet(waveform: Tensor) -> Tensor:
    """96 windows, the second's last two left out: VGGish's log-mel with another floor."""
    return vggish_log_mel(waveform.mean(dim=1)[:, :VGGISH_EXAMPLE], YAMNET_FLOOR).unsqueeze(1)


def _yamnet_stereo(waveform: Tensor) -> Tensor:
    """YAMNet's log-mel of the mid channel, and left against right as in `_logmel`, the floor being YAMNet's own."""
    example = waveform[:, :, :VGGISH_EXAMPLE]
    left, right = (vggish_log_mel(example[:, side], YAMNET_FLOOR) for side in (0, -1))
    mid = vggish_log_mel(example.mean(dim=1), YAMNET_FLOOR)
    return torch.stack([mid, _side_plane((left - right) * NEPERS_OF_POWER)], dim=1)


def _side_plane(side: Tensor) -> Tensor:
    """Nepers of power, left over right, limited to `SIDE_LIMIT` and scaled to -1 to 1."""
    return side.clamp(-SIDE_LIMIT, SIDE_LIMIT) / SIDE_LIMIT


def _logmel(waveform: Tensor) -> Tensor:
    """Log-mel of the mid channel, and of left against right, at fixed scales, which keep loudness and silence.

    Left and right are transformed in two calls of one shape, so that swapping them negates plane 1 to the last bit.
    """
    left, right = (stft_by_second(waveform[:, side])[:, :, :100] for side in (0, -1))  # mono is its own left and right
    mid = torch.log(_mel_power((left + right) / 2) + POWER_FLOOR)
    side = torch.log(_mel_power(left) + POWER_FLOOR) - torch.log(_mel_power(right) + POWER_FLOOR)
    level = (mid - math.log(POWER_FLOOR)) / LEVEL_SPAN - 1  # -1 is silence
    return torch.stack([level, _side_plane(side)], dim=1)


@dataclass(frozen=True)
class FrontEnd:
    """Input of one audio encoder: seconds of audio to planes of time and bins for each."""

    sample_rate_hz: int
    planes: int
    time: int
    bins: int
    transform: Callable[[Tensor], Tensor]

    def __call__(
        self, waveform: Float[Tensor, "seconds channels samples"]
    ) -> Float[Tensor, "seconds {self.planes} {self.time} {self.bins}"]:
        """Transform every second by itself, so that nothing of one leaks into the next. Mono or stereo, in [-1, 1].

        Raises: InputError for rows that are not exactly one second long, or for more than two channels.
        """
        channels, samples = waveform.shape[1:]
        if samples != self.sample_rate_hz:
            raise InputError(
                f"a second of audio has {samples} samples, not {self.sample_rate_hz}: resample it and cut it first"
            )
        if channels not in (1, 2):
            raise InputError(f"the audio has {channels} channels; this takes 1 or 2: mix it down to stereo first")
        return self.transform(waveform.float())


FRONT_ENDS = {
    "logmel-cnn": FrontEnd(32_000, 2, 100, 64, _logmel),
    "panorama-cnn": FrontEnd(32_000, 2, 100, 64, _logmel),
    "vggish": FrontEnd(16_000, 1, 96, 64, _vggish),
    "vggish-grid": FrontEnd(16_000, 1, 96, 64, _vggish),
    "htsat": FrontEnd(32_000, 1, 101, 64, _htsat),
    "aisfx": FrontEnd(44_100, 1, 42, 96, _aisfx),
    "yamnet": FrontEnd(16_000, 1, 96, 64, _yamnet),
    "yamnet-panorama": FrontEnd(16_000, 2, 96, 64, _yamnet_stereo),
}


def front_end(audio_encoder: str) -> FrontEnd:
    """The front end of an audio encoder by name. Raises: InputError for an unknown name."""
    if audio_encoder not in FRONT_ENDS:
        raise InputError(f"no audio encoder {audio_encoder!r}; there are {', '.join(FRONT_ENDS)}")
    return FRONT_ENDS[audio_encoder]
