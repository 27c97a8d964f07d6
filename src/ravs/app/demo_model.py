"""The model behind the page: it segments a visit's video, and again with a changed sound; all else is rendered."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import monotonic

from ravs.app.sound_changes import SOUND_NAME, write_changed_sound
from ravs.app.visits import Visit
from ravs.config.inference import InferenceSettings
from ravs.errors import DecodeError, InputError
from ravs.inference.render_output import render
from ravs.inference.result import Prediction
from ravs.inference.segmenter import Segmenter
from ravs.media import probe
from ravs.structures.clock import format_clock

Progress = Callable[[int, int, str], None]  # masks done, about how many, what to say


class DemoModel:
    """One model, which runs for one visitor at a time, on the first `max_s` seconds of a video."""

    def __init__(self, segmenter: Segmenter, max_s: float) -> None:
        """For a loaded model."""
        self.segmenter, self.max_s = segmenter, max_s

    def segment(self, visit: Visit, progress: Progress) -> None:
        """Runs the model on a visit's video. Raises: DecodeError, NoAudioError, InputError."""
        if probe(visit.source).is_still:
            raise DecodeError(f"{visit.name} is an image: load a video, since an image has no sound")
        prediction = self._run(visit, None, progress)
        with visit.lock:
            visit.prediction, visit.compared, visit.compared_name = prediction, None, ""

    def listen(self, visit: Visit, change: str, other: Path | None, progress: Progress) -> None:
        """Runs the model on a visit's video with a changed sound. Raises: as `write_changed_sound` does."""
        shown = visit.shown()
        sound = visit.folder / SOUND_NAME
        write_changed_sound(change, visit.source, sound, other)
        changed = self._run(visit, sound, progress)
        with visit.lock:
            visit.compared, visit.compared_name = rendered(changed, visit.prediction or shown), change

    def rerender(self, visit: Visit, threshold: float, min_area: float) -> None:
        """Shows a visit under other settings, without the model. Raises: InputError for impossible ones."""
        InferenceSettings.from_choices(threshold=threshold, min_area=min_area)
        with visit.lock:
            shown = visit.shown()
            choices = {"threshold": float(threshold), "min_area": float(min_area)}
            visit.prediction = rendered(shown, replace(shown, settings=shown.settings | choices))
            if visit.compared is not None:
                visit.compared = rendered(visit.compared, visit.prediction)

    def remark(self, visit: Visit) -> str:
        """What the page says where a video is longer than it takes; else empty."""
        length_s = float(visit.shown().source["duration"])
        if length_s <= self.max_s:
            return ""
        return f"The first {self.max_s:g} s of {format_clock(length_s)} were segmented, as much as this page takes."

    def _run(self, visit: Visit, sound: Path | None, progress: Progress) -> Prediction:
        end_s = self.max_s if float(probe(visit.source).duration_s) > self.max_s else None
        began_s = monotonic()

        def report(step: str, done: int, expected: int) -> None:
            left_s = (monotonic() - began_s) * max(expected - done, 0) / done
            progress(done, max(expected, done), f"{done} of about {expected} masks, about {left_s:.0f} s left")

        return self.segmenter.segment(visit.source, sound=sound, end_s=end_s, progress=report)


def rendered(prediction: Prediction, shown: Prediction) -> Prediction:
    """A prediction under the settings of another one that need no model."""
    if prediction.model_output is None:
        raise InputError("this prediction has no model output to render")
    choices = {name: shown.settings[name] for name in ("threshold", "min_area")}
    again = Prediction.of(render(prediction.model_output, InferenceSettings.from_choices(**choices)))
    return replace(again, source_path=prediction.source_path)
