"""Where the page is served, and its limits."""

from dataclasses import dataclass

from ravs.errors import InputError

SIZE_UNITS = {"kb": 10**3, "mb": 10**6, "gb": 10**9}  # bytes


@dataclass(frozen=True, kw_only=True)
class DemoSettings:
    """Where the page is served, and its limits; validated on creation."""

    host: str = "127.0.0.1"
    port: int = 7860
    max_s: float = 60.0  # of a video; the rest of a longer one is left out
    max_size: str = "200mb"  # of an upload
    max_waiting: int = 20  # visitors whose videos wait for the model
    share: bool = False  # through a tunnel of Gradio's
    mcp: bool = False  # the function `segment` for agents, too
    open_browser: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.port < 65536:
            raise InputError(f"port is {self.port}; it must lie between 1 and 65535")
        if not 1 <= self.max_s <= 3600:
            raise InputError(f"max-seconds is {self.max_s:g}; it must lie between 1 and 3600")
        if self.max_waiting < 1:
            raise InputError(f"queue is {self.max_waiting}; it must be at least 1")
        parse_size(self.max_size)


def parse_size(size: str) -> int:
    """Bytes of a size such as 200mb. Raises: InputError."""
    number, unit = size.lower().rstrip("bkmg"), size.lower().lstrip("0123456789.")
    try:
        count = round(float(number) * SIZE_UNITS[unit])
    except (KeyError, ValueError):
        raise InputError(f"max-size is {size!r}; it must be a number with kb, mb or gb, such as 200mb") from None
    if count <= 0:
        raise InputError(f"max-size is {size!r}; it must be above 0, such as 200mb")
    return count
