"""All results of one source: mask by mask while it is read, then the timeline, the overlay and the document."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

from ravs.errors import DecodeError
from ravs.outputs.document import document_json
from ravs.outputs.masks import mask_png
from ravs.outputs.timeline import timelines
from ravs.outputs.uncertainty import uncertainty_png
from ravs.overlay import write_overlay
from ravs.prediction import FramePrediction, Prediction, SilenceTest
from ravs.predictor import Segmenter
from ravs.segmenting.job import Listener, Task
from ravs.settings import Settings
from ravs.source import describe_source, expected_masks


class Writer:
    """One source on its way through the model into its folder."""

    def __init__(self, segmenter: Segmenter, settings: Settings, task: Task, listener: Listener) -> None:
        self.segmenter, self.settings, self.task, self.listener = segmenter, settings, task, listener
        self.path = task.source.path
        self.frames: list[FramePrediction] = []  # without maps: what is kept does not grow with the picture
        self.broke: DecodeError | None = None  # where the source broke off, if it did

    def write(self) -> Prediction:
        """Segments the source and publishes its folder. What fails before its first mask leaves nothing.

        Raises: DecodeError, NoSoundError before the first mask; InputError.
        """
        facts = describe_source(self.path, self.settings, self.task.made.source)
        self.listener.start(self.task, facts, expected_masks(facts, self.settings))
        test = self._read(facts)
        target = self.task.target
        if "overlay" in self.task.formats:
            self._overlay(self._prediction(facts, test))
        prediction = self._prediction(facts, test)  # once more, since the overlay may have found the break
        if "timeline" in self.task.formats:
            for name, content in timelines(prediction).items():
                target.write(name, content)
        if "json" in self.task.formats:
            target.write(target.files("json")[0], document_json(prediction))
        if self.task.formats:
            target.publish(self.task.made, complete=self.broke is None)
        return prediction

    def _read(self, facts: dict[str, Any]) -> SilenceTest | None:
        """Every mask, written as it comes; then the silence test, if asked for."""
        for frame in self._until_it_breaks(facts):
            self._write_frame(frame)
            self.frames.append(replace(frame, uncertainty_map=None))
            self.listener.frame(self.task, frame)
        if not self.settings.mute or self.broke is not None:
            return None
        self.listener.step(self.task, "silence test")
        return self.segmenter.compare_with_silence(self.path, self.settings, self.frames)

    def _until_it_breaks(self, facts: dict[str, Any]) -> Iterator[FramePrediction]:
        silent = self.settings.mute and facts["sound"] is None
        try:
            yield from self.segmenter.read(self.path, self.settings, silent=silent)
        except DecodeError as error:
            if not self.frames:
                raise
            self.broke = error

    def _write_frame(self, frame: FramePrediction) -> None:
        name = f"{frame.index:06d}.png"
        if "masks" in self.task.formats:
            self.task.target.write(f"masks/{name}", mask_png(frame.labels))
        if "uncertainty" in self.task.formats and frame.uncertainty_map is not None:
            self.task.target.write(f"uncertainty/{name}", uncertainty_png(frame.uncertainty_map, frame.size))

    def _overlay(self, prediction: Prediction) -> None:
        """The painted video, of a broken source as far as it goes."""
        self.listener.step(self.task, "overlay")
        end_s: Fraction | float | None = self.settings.end_s
        if self.broke is not None:
            end_s = self.frames[-1].end_s if self.broke.time_s is None else self.broke.time_s
        out = self.task.target.part / "overlay.mp4"
        out.parent.mkdir(parents=True, exist_ok=True)
        try:
            write_overlay(
                self.path,
                prediction,
                out,
                sound=self.settings.sound,
                sound_track=self.settings.sound_track,
                start_s=self.settings.start_s,
                end_s=end_s,
            )
        except DecodeError as error:  # a break that the masks' pictures did not meet
            out.unlink(missing_ok=True)
            self.broke = self.broke or error

    def _prediction(self, facts: dict[str, Any], test: SilenceTest | None) -> Prediction:
        complete = self.broke is None
        return self.segmenter.prediction(facts, self.settings, self.frames, complete=complete, silence_test=test)
