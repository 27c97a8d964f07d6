"""Renders what a model said of a source under a user's settings: masks, objects and uncertainty, without the model."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from ravs.config.inference import InferenceSettings
from ravs.config.labels import mask_names
from ravs.inference.event_rule import EventRule, RawMask, steady_masks
from ravs.inference.postprocess import MaskMaps, find_sounding_objects
from ravs.inference.region_names import RegionNamer
from ravs.structures.mask_rule import MaskRule
from ravs.structures.model_output import UNKNOWN, ModelOutput, WindowOutput
from ravs.structures.prediction import FramePrediction, Prediction, SilenceTest, SoundingObject

ONE = np.float32(255)  # what stands for 1 in a model output


@dataclass(frozen=True, kw_only=True)
class RenderRules:
    """What settings mean for one model: what is marked in a mask, how it is named, and how it is steady in time."""

    mask: MaskRule
    event: EventRule
    naming: str  # by "pixel" or "region"

    @classmethod
    def of(cls, classes: tuple[str, ...], naming: str, settings: InferenceSettings) -> "RenderRules":
        """The rules of these settings for a model of these classes, background first."""
        names = mask_names(classes, naming)
        mask = MaskRule(
            names=names,
            allowed=indices(classes, settings.among or classes[1:]),
            threshold=settings.threshold,
            max_uncertainty=settings.max_uncertainty,
            filtered=None if settings.classes is None else indices(names, settings.classes),
            min_area=settings.min_area,
        )
        event = EventRule(float(settings.min_duration_s), float(settings.bridge_gaps_s), mask)
        return cls(mask=mask, event=event, naming=naming)


def indices(names: tuple[str, ...], chosen: Iterable[str]) -> tuple[int, ...]:
    """Where these names stand, in order."""
    return tuple(sorted(names.index(name) for name in chosen))


def render(output: ModelOutput, settings: InferenceSettings, muted: ModelOutput | None = None) -> Prediction:
    """The prediction that a model output gives under these settings.

    Args:
        output: what the model said.
        settings: the settings that the model's answer depends on are the output's own, whatever is given here.
        muted: what it said of the source in silence, for the silence test.

    Raises: InputError for a damaged file.
    """
    rules = RenderRules.of(output.header.classes, output.header.names, settings)
    frames = tuple(render_masks(output.windows(), rules))
    test = None if muted is None else compare_with_silence(frames, render_masks(muted.windows(), rules))
    return describe_prediction(output, rules, settings, frames, test)


def describe_prediction(
    output: ModelOutput,
    rules: RenderRules,
    settings: InferenceSettings,
    frames: Iterable[FramePrediction],
    test: SilenceTest | None,
) -> Prediction:
    """Masks with their source, model and settings."""
    header = output.header
    return Prediction(
        source=header.source,
        model=header.model,
        settings=settings.as_json() | header.settings,
        classes=rules.mask.names,
        frames=tuple(frames),
        complete=header.complete,
        silence_test=test,
        warnings=header.warnings,
        model_output=output,
    )


def compare_with_silence(frames: Iterable[FramePrediction], silent: Iterable[FramePrediction]) -> SilenceTest:
    """Compares masks that were made with audio to those of the same source in silence."""
    return SilenceTest.compare(sum(obj.area for frame in frames for obj in frame.objects), silent)


def render_masks(windows: Iterable[WindowOutput], rules: RenderRules) -> Iterator[FramePrediction]:
    """The masks of successive windows of one source, in order, holding a few windows in memory at a time."""
    return steady_masks(raw_masks(windows, rules), rules.event)


def raw_masks(windows: Iterable[WindowOutput], rules: RenderRules) -> Iterator[RawMask]:
    """Each mask by itself: what is marked in it, before what is too short is left out."""
    namer = RegionNamer.of(rules.naming, rules.mask)
    index = 0
    for window in windows:
        maps = window_maps(window)
        names = None
        if namer is not None:
            names = namer.names_of(np.stack([one.sounding for one in maps]), np.stack([one.classes for one in maps]))
        for second, record in enumerate(window.records):
            size = (int(record["height"]), int(record["width"]))
            objects = find_sounding_objects(maps[second], size, rules.mask, None if names is None else names[second])
            yield RawMask(make_frame(record, index, objects, window.uncertainty[second]), maps[second])
            index += 1


def window_maps(window: WindowOutput) -> list[MaskMaps]:
    """The maps of each mask of a window, as numbers from 0 to 1."""
    values = (np.divide(maps, ONE, dtype=np.float32) for maps in (window.sounding, window.classes, window.uncertainty))
    return [MaskMaps.from_shares(*maps) for maps in zip(*values, strict=True)]


def make_frame(
    record: np.void, index: int, objects: tuple[SoundingObject, ...], uncertainty: np.ndarray
) -> FramePrediction:
    """A mask of its record, objects and uncertainty map of 8 bits."""
    pts, frame = int(record["pts"]), int(record["frame"])
    return FramePrediction(
        index=index,
        time_s=float(record["time_s"]),
        start_s=float(record["start_s"]),
        size=(int(record["height"]), int(record["width"])),
        objects=objects,
        uncertainty=float(uncertainty.mean(dtype=np.float64) / 255),
        pts=None if pts == UNKNOWN else pts,
        frame=None if frame == UNKNOWN else frame,
        level_db=float(record["level_db"]),
        peak_db=float(record["peak_db"]),
        short=bool(record["short"]),
        uncertainty_map=uncertainty,
    )
