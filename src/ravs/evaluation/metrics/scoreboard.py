"""All protocols by name, and several of them scored at once over the same frames."""

from collections.abc import Sequence
from typing import Any

from ravs.errors import InputError
from ravs.evaluation.metrics.avsbench import BATCH_SIZE, AvsBenchProtocol
from ravs.evaluation.metrics.avss import AvssPaddedProtocol, AvssProtocol
from ravs.evaluation.metrics.cavp_ddeseg import CavpProtocol, DdeSegProtocol
from ravs.evaluation.metrics.dataset_protocol import DatasetProtocol
from ravs.evaluation.metrics.frame_counts import FrameCounts, ScoredFrame
from ravs.evaluation.metrics.protocol import MetricProtocol, Sums, Tally

PROTOCOLS: dict[str, type[MetricProtocol]] = {
    protocol.name: protocol
    for protocol in (DatasetProtocol, AvsBenchProtocol, AvssProtocol, AvssPaddedProtocol, CavpProtocol, DdeSegProtocol)
}
SEMANTIC_ONLY, BINARY_ONLY = ("avss", "avss_padded"), ("avsbench",)

VideoSums = dict[str, Sums]  # sums of a frame or a video, by protocol


def possible_protocols(num_classes: int) -> str:
    """Every protocol that can score this number of classes, as a comma-separated list."""
    return ",".join(name for name in PROTOCOLS if num_classes == 2 or name not in BINARY_ONLY)


def choose_protocols(names: str, num_classes: int, batch_size: int = BATCH_SIZE) -> tuple[MetricProtocol, ...]:
    """The protocols of a comma-separated list; `all` selects those for binary or for semantic sets.

    Raises: InputError for an unknown name, or one that cannot score this number of classes.
    """
    if batch_size < 1:
        raise InputError(f"the batch size is {batch_size}; it must be at least one frame")
    left_out = SEMANTIC_ONLY if num_classes == 2 else BINARY_ONLY
    wanted = [name for name in PROTOCOLS if name not in left_out] if names == "all" else names.split(",")
    chosen: list[MetricProtocol] = []
    for name in dict.fromkeys(word.strip() for word in wanted):
        if name not in PROTOCOLS:
            raise InputError(f"no protocol {name!r}; there are {', '.join(PROTOCOLS)}, and all")
        if name in BINARY_ONLY and num_classes > 2:
            raise InputError(f"{name} scores sounding against silent; these are {num_classes} classes: choose others")
        more = {"batch_size": batch_size} if name == "avsbench" else {}
        chosen.append(PROTOCOLS[name](num_classes, **more))
    return tuple(chosen)


def count_frame(protocols: Sequence[MetricProtocol], frame: ScoredFrame) -> VideoSums | None:
    """The counts of one frame by protocol; None if every pixel is ignored, so that the frame is not labelled."""
    measured = FrameCounts(frame)
    return {one.name: one.count(measured) for one in protocols} if measured.pixels else None


def join_frames(protocols: Sequence[MetricProtocol], frames: Sequence[VideoSums]) -> VideoSums:
    """The sums of a video from the counts of its frames, at least one."""
    return {one.name: one.join([frame[one.name] for frame in frames]) for one in protocols}


class Scoreboard:
    """Tallies of several protocols over the same videos."""

    def __init__(self, protocols: Sequence[MetricProtocol]) -> None:
        self.tallies: dict[str, Tally] = {protocol.name: protocol.tally() for protocol in protocols}
        self.frames = self.videos = 0

    def add(self, name: str, sums: VideoSums, frames: int) -> None:
        """Add a video with its number of labelled frames."""
        self.frames, self.videos = self.frames + frames, self.videos + 1
        for protocol, values in sums.items():
            self.tallies[protocol].add(name, values)

    def report(self, seed: int | None = 0) -> dict[str, dict[str, Any]]:
        """Metrics by protocol, and under `interval` their 95 % intervals, unless the seed is None."""
        out = {}
        for name, tally in self.tallies.items():
            out[name] = tally.metrics()
            if seed is not None and (intervals := tally.intervals(seed)):
                out[name]["interval"] = intervals
        return out
