"""Extract the wav files that a data set's format expects from its source videos."""

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
    """A wav file to be written."""

    video: Path | None
    wav: Path


@dataclass(frozen=True, slots=True)
class Extraction:
    """The result of extracting audio."""

    written: tuple[Path, ...]
    existing: int  # number of wav files that existed before
    failed: tuple[str, ...]  # a line for each video without audio

    def as_text(self) -> str:
        """A line for each failure, then the counts."""
        counts = f"{len(self.written)} made, {self.existing} there already, {len(self.failed)} without sound"
        return "\n".join([*self.failed, f"wav files: {counts}"])


def extract_audio(
    dataset: AvsDataset, sample_rate_hz: int = 16_000, jobs: int = 0, progress: ProgressFunction | None = None
) -> Extraction:
    """Write every missing wav file: 16-bit PCM, mono or stereo as in the video; more channels are mixed down to two.

    Args:
        jobs: processes; 0: one for each core.
        progress: called with the number of files done, and of all files.

    Raises: InputError if the format has no wav files, or the rate is below 1.
    """
    if sample_rate_hz < 1:
        raise InputError(f"--rate {sample_rate_hz}: give a number of samples a second, e.g. 16000")
    videos = {wav: dataset.video_of(entry) for entry in dataset.entries if (wav := dataset.wav_of(entry))}
    if not videos:
        raise InputError(f"{dataset.root}: {dataset.title} keeps no wav beside its videos; there is nothing to extract")
    missing = [ExtractionJob(video, wav) for wav, video in sorted(videos.items()) if not _is_complete(wav)]
    failures = list(map_in_processes(partial(_extract, sample_rate_hz), missing, jobs, progress))
    return Extraction(_written_files(missing, failures), len(videos) - len(missing), tuple(filter(None, failures)))


def _written_files(jobs: Sequence[ExtractionJob], failures: Sequence[str]) -> tuple[Path, ...]:
    return tuple(job.wav for job, failure in zip(jobs, failures, strict=True) if not failure)


def _is_complete(wav: Path) -> bool:
    return wav.is_file() and wav.stat().st_size > 0


def _extract(sample_rate_hz: int, job: ExtractionJob) -> str:
    """Write one wav file; returns a line if that failed, else an empty string."""
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
