"""The wav files that the formats expect, made out of the videos that the sets were cut from."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

from ravs.data.datasets.base import AvsDataset
from ravs.errors import DecodeError, InputError, NoAudioError
from ravs.files import atomic_file
from ravs.media import read_audio, write_wav
from ravs.parallel import ProgressFunction, map_in_processes


class ExtractionJob(NamedTuple):
    """A wav to be made."""

    video: Path | None
    wav: Path


@dataclass(frozen=True, slots=True)
class Extraction:
    """What was done."""

    made: tuple[Path, ...]
    there: int  # wav files that were there before
    failed: tuple[str, ...]  # a line for each video that gave none

    def as_text(self) -> str:
        """A line for each failure, then how many of what."""
        counts = f"{len(self.made)} made, {self.there} there already, {len(self.failed)} without sound"
        return "\n".join([*self.failed, f"wav files: {counts}"])


def extract_audio(
    dataset: AvsDataset, sample_rate_hz: int = 16_000, jobs: int = 0, progress: ProgressFunction | None = None
) -> Extraction:
    """Make every wav that is missing: 16-bit PCM, one channel or two as in the video, more mixed down to two.

    Args:
        jobs: processes; 0: one for each core.
        progress: hears how many files are done, of how many.

    Raises: InputError if the set has no place for such files, or the rate is none.
    """
    if sample_rate_hz < 1:
        raise InputError(f"--rate {sample_rate_hz}: give a number of samples a second, e.g. 16000")
    places = {wav: dataset.video_of(entry) for entry in dataset.entries if (wav := dataset.wav_of(entry))}
    if not places:
        raise InputError(f"{dataset.root}: {dataset.title} keeps no wav beside its videos; there is nothing to extract")
    missing = [ExtractionJob(video, wav) for wav, video in sorted(places.items()) if not _is_complete(wav)]
    failures = list(map_in_processes(partial(_extract, sample_rate_hz), missing, jobs, progress))
    return Extraction(_written_files(missing, failures), len(places) - len(missing), tuple(filter(None, failures)))


def _written_files(jobs: Sequence[ExtractionJob], failures: Sequence[str]) -> tuple[Path, ...]:
    return tuple(job.wav for job, failure in zip(jobs, failures, strict=True) if not failure)


def _is_complete(wav: Path) -> bool:
    return wav.is_file() and wav.stat().st_size > 0


def _extract(sample_rate_hz: int, job: ExtractionJob) -> str:
    """Make one wav; what went wrong in a line, or nothing."""
    if job.video is None or not job.video.is_file():
        return f"{job.video or job.wav}: missing; no video to take the sound from"
    try:
        waveform = read_audio(job.video, sample_rate_hz)
    except NoAudioError:
        return f"{job.video}: has no sound track"
    except DecodeError as error:
        return f"{job.video}: {str(error).removeprefix(f'{job.video.name}: ')}"
    if not waveform.shape[1]:
        return f"{job.video}: its sound track is empty"
    with atomic_file(job.wav) as part:
        write_wav(part, waveform, sample_rate_hz)
    return ""
