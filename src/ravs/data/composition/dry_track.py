"""The dry track of one source: when it plays, in which seconds it counts as sounding, and its stereo panning."""

import numpy as np
from jaxtyping import Float32, Float64, Int16

from ravs.data.composition.scene import SECONDS
from ravs.data.library.library import SAMPLE_RATE_HZ

CLIP_SAMPLES = SECONDS * SAMPLE_RATE_HZ
WINDOW_SAMPLES = SAMPLE_RATE_HZ // 100  # samples in 10 ms
FADE_SAMPLES = SAMPLE_RATE_HZ // 200  # samples in 5 ms
SOUNDING_RANGE_DB = 35.0  # below its loudest window, a track counts as silent
MIN_SOUNDING_SHARE = 0.15  # of a second's windows, for a source to count as sounding in that second
BOUNDARIES_S = (0.0, 0.4, 0.5, 0.6)  # within a second: an event fills at least 0.4 of each second it touches

Events = tuple[tuple[float, float], ...]
MonoTrack = Float32[np.ndarray, " samples"]
StereoTrack = Float32[np.ndarray, "2 samples"]


def draw_events(generator: np.random.Generator) -> Events:
    """When an object sounds: the whole clip, from or until some time, in the middle, or twice."""

    def boundary(second: int) -> float:
        return second + BOUNDARIES_S[generator.integers(len(BOUNDARIES_S))]

    pattern = generator.choice(["whole", "starts", "stops", "middle", "twice"], p=[0.30, 0.25, 0.20, 0.15, 0.10])
    if pattern == "starts":
        return ((boundary(int(generator.integers(1, 4))), float(SECONDS)),)
    if pattern == "stops":
        return ((0.0, boundary(int(generator.integers(1, 4)))),)
    if pattern == "middle":
        start = int(generator.integers(1, 3))
        return ((boundary(start), boundary(start + int(generator.integers(1, 3)))),)
    if pattern == "twice":
        return ((0.0, boundary(1)), (boundary(3), float(SECONDS)))
    return ((0.0, float(SECONDS)),)


def render_dry_track(
    recording: Int16[np.ndarray, " length"], events_s: Events, generator: np.random.Generator
) -> MonoTrack:
    """A dry track: within each event the recording is repeated after short gaps, with fades at the cuts.

    A recording more than twice as long as the event begins at a random sample, any other at its start.
    """
    track = np.zeros(CLIP_SAMPLES, np.float32)
    for start_s, stop_s in events_s:
        at, end = round(start_s * SAMPLE_RATE_HZ), round(stop_s * SAMPLE_RATE_HZ)
        skipped = 0
        if len(recording) > 2 * (end - at):
            skipped = int(generator.integers(len(recording) - (end - at)))
        while at < end:
            piece = recording[skipped : skipped + end - at].astype(np.float32) / 32768
            cut_in, cut_out = skipped > 0, skipped + len(piece) < len(recording)
            track[at : at + len(piece)] = _fade(piece, cut_in, cut_out)
            at += len(piece) + int(generator.uniform(0.05, 0.3) * SAMPLE_RATE_HZ)
            skipped = 0
    return track


def sounding_seconds(track: MonoTrack) -> tuple[bool, ...]:
    """Whether a dry track sounds in each second: 15 % of its 10 ms windows within 35 dB of the loudest one."""
    pieces = track.reshape(-1, WINDOW_SAMPLES)
    power = np.einsum("ij,ij->i", pieces, pieces)
    loud = (power >= power.max() * 10 ** (-SOUNDING_RANGE_DB / 10)) & (power > 0)
    return tuple(bool(share >= MIN_SOUNDING_SHARE) for share in loud.reshape(-1, 100).mean(axis=1))


def pan(track: MonoTrack, x: Float64[np.ndarray, " points"]) -> StereoTrack:
    """Left and right at constant power: angle x * pi / 2, left its cosine, right its sine; x every 10 ms."""
    angle = x * np.pi / 2
    gains = np.stack([np.cos(angle), np.sin(angle)]).astype(np.float32)  # 2, points
    ramp = np.arange(WINDOW_SAMPLES, dtype=np.float32) / WINDOW_SAMPLES
    between = gains[:, :-1, None] + np.diff(gains)[:, :, None] * ramp  # 2, windows, samples
    stereo: StereoTrack = between.reshape(2, -1) * track
    return stereo


def _fade(piece: MonoTrack, cut_in: bool, cut_out: bool) -> MonoTrack:
    """The excerpt with 5 ms fades where it is cut."""
    length = min(FADE_SAMPLES, len(piece))
    ramp = np.linspace(0, 1, length, dtype=np.float32)
    if cut_in:
        piece[:length] *= ramp
    if cut_out:
        piece[len(piece) - length :] *= ramp[::-1]
    return piece
