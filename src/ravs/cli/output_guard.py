"""Work that goes on when its report can no longer be written."""

from collections.abc import Callable
from typing import Any, cast

from ravs.cli.segment_report import TextReport
from ravs.cli.streams import redirect_closed_streams
from ravs.errors import RavsError
from ravs.inference.segment_job.task import ListenerProtocol, ListenerWrapper


class OutputGuard(ListenerWrapper):
    """Lets the work continue when its report can no longer be written: results are still made."""

    def __init__(self, report: TextReport, *, stop_on_error: bool) -> None:
        """With `stop_on_error` the work ends instead, since nothing but the report is made."""
        super().__init__(report)
        self._stop_on_error = stop_on_error
        self._lost: OSError | None = None

    def __enter__(self) -> ListenerProtocol:
        return cast(ListenerProtocol, self)

    def __exit__(self, kind: type | None, *_: object) -> None:
        if kind is None and self._lost is not None and not isinstance(self._lost, BrokenPipeError):
            raise RavsError(f"standard output cannot be written ({self._lost.strerror}); the work went on to its end.")

    def pass_on(self, event: Callable[..., None], *values: Any) -> None:
        """Reports an event, if the output can still be written."""
        try:
            event(*values)
        except OSError as error:
            if self._stop_on_error:
                raise
            self._lost = self._lost or error
            redirect_closed_streams()
