"""Engine sounds: a recorded loop played at changing speed, as in driving games."""

from random import Random

import numpy as np
from jaxtyping import Float32, Float64

from ravs.data.library.builder.loudness import Mono
from ravs.data.library.format import SAMPLE_RATE_HZ
from ravs.media import decode_mono

PlaybackSpeed = Float64[np.ndarray, " moments"]  # of the loop at every sample; 1 is the recorded speed

GEAR_CHANGE_S = 0.15  # duration of a gear change
GAIN_POINTS = 5  # evenly over the drive, interpolated linearly


def render_drive(content: bytes, path: str) -> Mono:
    """Render a drive of two to six seconds, drawn from the path of the part."""
    loop = decode_mono(content, SAMPLE_RATE_HZ)
    rng = Random(path)
    speed = draw_speed(rng, rng.uniform(2.2, 5.8))
    gains = [10 ** (rng.uniform(-8, 0) / 20) for _ in range(GAIN_POINTS)]
    positions = np.linspace(0, GAIN_POINTS - 1, len(speed))
    return (play_loop(loop, speed) * np.interp(positions, np.arange(GAIN_POINTS), gains)).astype(np.float32)


def draw_speed(rng: Random, length_s: float) -> PlaybackSpeed:
    """Draw a speed curve: cruising, accelerating with gear changes, or revving."""
    points: list[tuple[float, float]] = []
    at, speed = 0.0, rng.uniform(0.6, 0.9)
    kind = rng.choice(["accelerate", "accelerate", "cruise", "rev"])
    while at < length_s + 1:
        points.append((at, speed))
        at += rng.uniform(0.4, 1.3)
        if kind == "accelerate":
            speed *= rng.uniform(1.1, 1.4)
            if speed > 1.5:
                points.append((at, speed))
                at += GEAR_CHANGE_S
                speed *= 0.68
        elif kind == "cruise":
            speed *= rng.uniform(0.93, 1.07)
        else:
            speed = rng.choice([rng.uniform(0.6, 0.8), rng.uniform(1.1, 1.6)])
    seconds = np.arange(int(length_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    times, speeds = zip(*points, strict=True)
    drawn: PlaybackSpeed = np.interp(seconds, times, speeds)
    return drawn


def play_loop(loop: Mono, speed: PlaybackSpeed) -> Float32[np.ndarray, " moments"]:
    """Play a loop, its seam crossfaded over 50 ms, at this speed."""
    seam = min(len(loop) // 4, SAMPLE_RATE_HZ // 20)
    ramp = np.linspace(0, 1, seam)
    body = loop[seam:].astype(np.float64)
    body[-seam:] = body[-seam:] * (1 - ramp) ** 0.5 + loop[:seam] * ramp**0.5
    at = np.cumsum(speed) % len(body)
    played = np.interp(at, np.arange(len(body) + 1), np.append(body, body[0]))
    samples: Float32[np.ndarray, " moments"] = played.astype(np.float32)
    return samples
