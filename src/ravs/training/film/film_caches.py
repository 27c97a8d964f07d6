"""The first steps of a run: frames and seconds, drawn and seen and heard by the frozen parts of the model."""

from ravs.training.film.block_files import write_missing
from ravs.training.film.film_run import FilmRun
from ravs.training.film.film_sources import open_material, open_start
from ravs.training.film.frame_blocks import FrameWork
from ravs.training.film.second_blocks import (
    SecondRequest,
    Seconds,
    SecondWork,
    clean_requests,
    pair_requests,
    read_seconds,
)

SECOND_KINDS = ("mixed", "clean", "pairs")


def write_frames(run: FilmRun) -> None:
    """Frames of all cut-outs and photographs, and of each fold's."""
    settings = run.settings
    for fold in (None, *run.folds):
        work = FrameWork(run.sources, fold, settings.folds, settings.frame_side, settings.seed)
        blocks = run.frame_blocks(fold)
        write_missing(work, blocks, run.jobs, run.progress(f"frames of {blocks[0].path.parent.name}"))


def write_seconds(run: FilmRun) -> None:
    """Degraded seconds, clean ones, and such of two classes that are in view together."""
    for stream, (kind, requests) in enumerate(zip(SECOND_KINDS, _requests(run), strict=True)):
        work = SecondWork(run.sources, requests, run.settings.seed, stream)
        write_missing(work, run.second_blocks(kind, len(requests)), run.jobs, run.progress(f"{kind} seconds"))


def _requests(run: FilmRun) -> tuple[tuple[SecondRequest, ...], ...]:
    """What seconds of each kind there are."""
    settings, material = run.settings, open_material(run.sources)
    classes = open_start(run.start).config.classes
    return (
        (SecondRequest(),) * settings.seconds,
        clean_requests(material, settings.clean_seconds),
        pair_requests(run.frames(None), classes, material, settings.pair_seconds),
    )


def read_all_seconds(run: FilmRun) -> list[Seconds]:
    """The seconds of each kind."""
    counts = [len(requests) for requests in _requests(run)]
    blocks = [run.second_blocks(kind, count) for kind, count in zip(SECOND_KINDS, counts, strict=True)]
    return [read_seconds(one) for one in blocks if one]
