"""Writes all results of one source: masks while the model runs, then the overlay, the timeline and the document."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path

from ravs.config.inference import InferenceSettings
from ravs.config.overlay_style import OverlayStyle
from ravs.errors import DecodeError
from ravs.files import is_disk_full
from ravs.inference.outputs.alpha_video import write_alpha, write_matte
from ravs.inference.outputs.exports import EXPORTS, export_files
from ravs.inference.outputs.format_files import VIDEOS
from ravs.inference.outputs.overlay import write_overlay
from ravs.inference.render_output import RenderRules, compare_with_silence, describe_prediction, render_masks
from ravs.inference.segment_job.model_run import Answer
from ravs.inference.segment_job.publish_results import publish
from ravs.inference.segment_job.task import ListenerProtocol, SegmentTask
from ravs.structures.palette import mask_png, uncertainty_png
from ravs.structures.prediction import FramePrediction, Prediction, SilenceTest

WRITTEN_BY_FRAME = ("masks", "uncertainty")  # while the source is read


class ResultWriter:
    """Renders what a model says of one source, and writes the results."""

    def __init__(
        self,
        answer: Answer,
        rules: RenderRules,
        settings: InferenceSettings,
        task: SegmentTask,
        listener: ListenerProtocol,
        style: OverlayStyle,
    ) -> None:
        self.answer, self.rules, self.settings, self.task, self.listener = answer, rules, settings, task, listener
        self.style = style
        self.frames: list[FramePrediction] = []  # without uncertainty maps, unless the overlay shows them
        self.broken: Exception | None = None  # the error of a video at which the source broke off, if it did
        self.unwritten: dict[str, Exception] = {}  # formats that could not be written, and why

    @property
    def read_error(self) -> Exception | None:
        """The error at which the source broke off, if it did."""
        return self.answer.read_error or self.broken

    @property
    def complete(self) -> bool:
        """Whether the source was read to its end, now or when the model ran."""
        return self.read_error is None and self.answer.output().header.complete

    @property
    def formats(self) -> tuple[str, ...]:
        """The requested formats without those that could not be written."""
        return tuple(name for name in self.task.formats if name not in self.unwritten)

    def write(self) -> Prediction:
        """Renders the source and publishes its folder. A source that fails before its first mask leaves nothing.

        A format that cannot be written does not affect the others; see `unwritten`.

        Raises: whatever reading raises before the first mask; OSError where the disk is full.
        """
        info = self.answer.info
        self.listener.start(self.task, info, info.expected_masks(self.settings))
        test = self._read()
        for name in VIDEOS:
            self._output(name, partial(self._video, name, test))
        prediction = self._prediction(test)  # again, since a video may have met a break
        for name in EXPORTS:
            if name not in WRITTEN_BY_FRAME:
                self._output(name, partial(self._write_export, name, prediction))
        if self.formats:
            publish(self.task.target, self.formats, self.task.provenance, complete=self.complete, paths=self._paths())
        return prediction

    def _read(self) -> SilenceTest | None:
        """Writes every mask as it comes; then makes the silence test, if requested."""
        keeps_maps = self.style.effect == "uncertainty" and "overlay" in self.formats
        for frame in self._masks(muted=False):
            self._write_frame(frame)
            self.frames.append(frame if keeps_maps else replace(frame, uncertainty_map=None))
            self.listener.frame(self.task, frame)
        if not self.settings.mute or self.read_error is not None:
            return None
        self.listener.step(self.task, "silence test")
        return compare_with_silence(self.frames, self._masks(muted=True))

    def _masks(self, *, muted: bool) -> Iterator[FramePrediction]:
        return render_masks(self.answer.windows(muted=muted), self.rules)

    def _output(self, name: str, write: Callable[[], None]) -> None:
        """Writes a part of a format, if it is requested and has not failed yet."""
        if name not in self.formats:
            return
        try:
            write()
        except Exception as error:
            if is_disk_full(error):
                raise
            self.task.target.drop(name)
            self.unwritten[name] = error

    def _write_export(self, name: str, prediction: Prediction) -> None:
        target = self.task.target
        for file, content in export_files(name, prediction):
            target.write(target.entry(file), content)

    def _write_frame(self, frame: FramePrediction) -> None:
        file, write = f"{frame.index:06d}.png", self.task.target.write
        self._output("masks", lambda: write(f"masks/{file}", mask_png(frame.labels)))
        map_ = frame.uncertainty_map
        if map_ is not None:
            self._output("uncertainty", lambda: write(f"uncertainty/{file}", uncertainty_png(map_, frame.size)))

    def _video(self, name: str, test: SilenceTest | None) -> None:
        """Writes the overlay, or a video for editors; that of a broken source up to the break."""
        self.listener.step(self.task, name)
        end_s: Fraction | float | None = self.settings.end_s
        if not self.complete:
            at_s: float | None = getattr(self.read_error, "time_s", None)
            end_s = self.frames[-1].end_s if at_s is None else at_s
        (file,) = self.task.target.files(name)
        out = self.task.target.part / file
        out.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._video_writer(name)(
                self.task.source.path,
                self._prediction(test),
                out,
                sound=self.settings.sound,
                sound_track=self.settings.sound_track,
                start_s=self.settings.start_s,
                end_s=end_s,
                progress=lambda done_s, length_s: self.listener.drawn(self.task, done_s, length_s),
            )
        except DecodeError as error:  # a break between the frames that have masks
            self.broken = self.read_error or error
            raise

    def _video_writer(self, name: str) -> Callable[..., None]:
        if name == "overlay":
            return partial(write_overlay, style=self.style)
        return write_matte if name == "matte" else write_alpha

    def _prediction(self, test: SilenceTest | None) -> Prediction:
        prediction = describe_prediction(self.answer.output(), self.rules, self.settings, self.frames, test)
        return replace(prediction, complete=self.complete, source_path=self.task.source.path)

    def _paths(self) -> dict[str, Path]:
        sound = {} if self.settings.sound is None else {"sound": self.settings.sound}
        return {"source": self.task.source.path, **sound}
