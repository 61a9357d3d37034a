"""Spans of time, as people write and read them."""

from __future__ import annotations

import re

from xai_bench.errors import InputError

__all__ = ["duration_text", "parse_duration"]

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def parse_duration(text: str) -> float:
    """Seconds of "90s", "30m", "1.5h" or "2d". Raises InputError.

    >>> parse_duration("30m")
    1800.0
    """
    found = re.fullmatch(r"(\d{1,9}(?:\.\d{0,9})?)([smhd])", text.strip(), re.ASCII)
    if not found or float(found[1]) == 0:
        raise InputError(f"'{text:.40}' is no span of time; write it as 90s, 30m or 1.5h")
    return float(found[1]) * _SECONDS[found[2]]


def duration_text(seconds: float) -> str:
    """To two digits or so: "45 s", "3 min", "2 h 10 min"."""
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 100:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes / 1440:.1f} days"
