"""Times as text: for people, and for WebVTT."""

from fractions import Fraction


def format_clock(seconds: int | float) -> str:
    """Seconds rounded to tenths, which are left out if zero: 0:41, 1:02.5, 1:00:03."""
    whole, tenths = divmod(round(seconds * 10), 10)
    return f"{_clock(whole)}.{tenths}" if tenths else _clock(whole)


def format_clock_tenths(seconds: int | float | Fraction) -> str:
    """Seconds cut off, not rounded, after tenths: 0:12.4, 1:02:03.0."""
    whole, tenths = divmod(int(seconds * 10), 10)
    return f"{_clock(whole)}.{tenths}"


def format_vtt_timestamp(seconds: float) -> str:
    """WebVTT's hh:mm:ss.mmm, rounded to milliseconds."""
    whole, milliseconds = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}.{milliseconds:03}"


def _clock(seconds: int) -> str:
    """M:SS or, from an hour on, H:MM:SS."""
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
