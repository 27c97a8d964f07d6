"""What happens when a visitor does something, without the page that it is done on."""

from pathlib import Path
from typing import Any
from uuid import uuid4

from ravs.app.demo_model import DemoModel, Progress
from ravs.app.example_clips import example_clip
from ravs.app.player_view import player_view, rendered_view
from ravs.app.visits import Visit, Visits
from ravs.structures.json_document import document_json

View = dict[str, Any]  # what the player shows


class Handlers:
    """The model and the visits of one server. Every method raises RavsErrors, whose messages are for the visitor."""

    def __init__(self, model: DemoModel, visits: Visits) -> None:
        """For a loaded model."""
        self.model, self.visits = model, visits

    def load(self, visitor: str, file: Path, progress: Progress) -> View:
        """Segments a video, and shows it."""
        visit = self.visits.begin(visitor, file)
        self.model.segment(visit, progress)
        return self.view(visit)

    def load_example(self, visitor: str, title: str, progress: Progress) -> View:
        """Segments an example, and shows it."""
        return self.load(visitor, example_clip(title), progress)

    def listen(self, visitor: str, change: str, other: Path | None, progress: Progress) -> View:
        """Segments a visitor's video again with a changed sound, and shows both."""
        visit = self.visits.of(visitor)
        self.model.listen(visit, change, other, progress)
        return self.view(visit)

    def rerender(self, choices: dict[str, Any]) -> View:
        """What the player shows under another threshold and least area, without the model; or what is wrong.

        Args:
            choices: token, threshold, min_area; from a browser, so that nothing of them is taken for granted.
        """
        try:
            visit = self.visits.get(str(choices["token"]))
            self.model.rerender(visit, float(choices["threshold"]), float(choices["min_area"]))
            return rendered_view(visit)
        except (KeyError, TypeError, ValueError) as error:
            return {"error": str(error)}

    def document(self, file: Path, progress: Progress) -> str:
        """The JSON document of a video that `ravs segment -f json` writes; nothing is kept."""
        visit = self.visits.begin(visitor := uuid4().hex, file)
        try:
            self.model.segment(visit, progress)
            return document_json(visit.shown())
        finally:
            self.visits.end(visitor)

    def view(self, visit: Visit) -> View:
        """All that the player shows."""
        return player_view(visit) | {"remark": self.model.remark(visit)}
