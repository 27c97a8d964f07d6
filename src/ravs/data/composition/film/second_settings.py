"""How often and how strongly the seconds of audio beside film-like frames are mixed and degraded."""

from dataclasses import dataclass

from ravs.data.composition.film.film_settings import INSTRUMENTS, Range

MUSIC = (*INSTRUMENTS, "cymbal", "piano")


@dataclass(frozen=True, kw_only=True, slots=True)
class SecondSettings:
    """Shares are probabilities; numbers are drawn uniformly, levels and ratios in dB."""

    counts: tuple[float, ...] = (0.2, 0.57, 0.23)  # of seconds with none, one, two classes
    speed_change: float = 0.6
    speed_nepers: Range = (-0.15, 0.15)  # 0.86 to 1.16 times the speed
    source_db: Range = (-8.0, 0.0)  # of one recording in the mix

    reverberation: float = 0.35
    decay_s: Range = (0.1, 1.2)  # by 60 dB
    reverberation_db: Range = (-18.0, 2.0)  # its energy against the direct sound's
    ambient: float = 0.5  # under the recordings; where there are none, always
    ambient_below_db: Range = (0.0, 30.0)
    music: float = 0.1  # of an instrument, too faint to be labelled
    music_below_db: Range = (14.0, 25.0)
    band_limit: float = 0.3
    tilt: float = 0.3
    tilt_share: Range = (-0.6, 0.6)  # of the sample before, added to each
    noise: float = 0.4
    noise_below_db: Range = (15.0, 50.0)
    clipping: float = 0.08  # at 1.2 times the RMS
    near_silence: float = 0.35  # of seconds without classes
    near_silence_db: Range = (-80.0, -48.0)
    level_db: Range = (-47.0, -17.0)  # RMS, relative to full scale
