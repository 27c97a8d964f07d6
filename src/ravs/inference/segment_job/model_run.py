"""What the model says of a source: kept in the result folder while it runs, or read from there without a model."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ravs.config.inference import InferenceSettings
from ravs.inference.output_recorder import output_header
from ravs.inference.segment_job.publish_results import publish_output
from ravs.inference.segment_job.result_folder import MUTED_FILE, OUTPUT_FILE
from ravs.inference.segment_job.task import SegmentTask
from ravs.inference.source_info import SourceInfo, describe_source
from ravs.structures.model_output import ModelOutput, WindowOutput
from ravs.structures.model_output_writer import ModelOutputWriter

if TYPE_CHECKING:
    import ravs.inference.segmenter


class Answer(Protocol):
    """What a model says of one source, with its audio and in silence."""

    info: SourceInfo
    read_error: Exception | None  # at which the source broke off, if it did

    def windows(self, *, muted: bool = False) -> Iterator[WindowOutput]:
        """Window by window. Afterwards `output` has all of it."""

    def output(self, *, muted: bool = False) -> ModelOutput:
        """All of it, once its windows have been read."""


@dataclass
class StoredAnswer:
    """An answer that was kept."""

    kept: ModelOutput
    kept_muted: ModelOutput | None
    read_error: Exception | None = None

    def __post_init__(self) -> None:
        self.info = SourceInfo.from_json(self.kept.header.source)

    def windows(self, *, muted: bool = False) -> Iterator[WindowOutput]:
        """Read from the file."""
        return self.output(muted=muted).windows()

    def output(self, *, muted: bool = False) -> ModelOutput:
        """The file's."""
        output = self.kept_muted if muted else self.kept
        assert output is not None  # who asks for a silence test without one is given a model
        return output


class ModelAnswer:
    """The answer of a model that runs now. It is moved into the result folder as soon as it is complete."""

    def __init__(
        self,
        segmenter: "ravs.inference.segmenter.Segmenter",
        settings: InferenceSettings,
        task: SegmentTask,
        kept: ModelOutput | None = None,
    ) -> None:
        """`kept`: the answer with audio, where only that in silence is missing."""
        self.segmenter, self.settings, self.task = segmenter, settings, task
        self.info = describe_source(task.source.path, settings, task.provenance.source)
        self.read_error: Exception | None = None
        self._outputs: dict[bool, ModelOutput] = {} if kept is None else {False: kept}

    def windows(self, *, muted: bool = False) -> Iterator[WindowOutput]:
        """Each as the model gives it, written to the temporary folder first.

        A source that breaks off ends here, see `read_error`. Raises: what reading raises before the first mask.
        """
        if muted in self._outputs:
            yield from self._outputs[muted].windows()
            return
        name = MUTED_FILE if muted else OUTPUT_FILE
        file = BytesIO() if not self.task.formats else self._part(name)
        with ModelOutputWriter(file) as writer:
            yield from self._recorded(writer, muted)
            header = output_header(
                self.segmenter,
                self.info,
                self.settings,
                writer.records,
                sound_sha256=self.task.provenance.sound,
                muted=muted,
                complete=self.read_error is None,
            )
            writer.finish(header)
        if isinstance(file, BytesIO):
            self._outputs[muted] = ModelOutput.from_bytes(file.getvalue())
        else:
            self._outputs[muted] = publish_output(self.task.target, name, self.task.provenance)

    def output(self, *, muted: bool = False) -> ModelOutput:
        """All of it, once its windows have been read."""
        return self._outputs[muted]

    def _recorded(self, writer: ModelOutputWriter, muted: bool) -> Iterator[WindowOutput]:
        silent = muted or (self.settings.mute and self.info.audio is None)
        try:
            for window in self.segmenter.windows(self.task.source.path, self.settings, silent=silent):
                writer.add(window)
                yield window
        except Exception as error:  # libraries raise errors of any kind over damaged files
            if not len(writer) or muted:
                raise
            self.read_error = error

    def _part(self, name: str) -> Path:
        self.task.target.part.mkdir(parents=True, exist_ok=True)
        return self.task.target.part / name
