"""What a WFDB header says without its signals: rate, length, age, sex and statements.

Read from the bytes, because every header of a folder is read before the first recording is
chosen: 0.1 ms a header, where a full reader takes a hundred times as long.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import final

from xai_bench.data.wfdb_header import is_file, lines_and_comments, segments_in
from xai_bench.errors import RecordingError

__all__ = ["HeaderFacts", "age_of", "header_facts", "sex_of"]

_MAX_BYTES = 1 << 16
_OLDEST = 130
_MAX_FRAMES = 1 << 40
_KEY = re.compile(r"(age|sex|dx|labels|reason for admission|filters?)\s*:(.*)", re.IGNORECASE)
_NOTHING = ("unknown", "n/a")
_SEXES = {"male": "male", "m": "male", "female": "female", "f": "female"}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderFacts:
    """Whatever is unknown or cannot be understood is None."""

    is_recording: bool = True
    """False for the master and the layout header of a multi-segment record, whose segments have
    headers of their own. A header that cannot be understood is left for a reader to refuse."""
    rate_hz: float | None = None
    frames: int | None = None
    age: float | None = None
    sex: str | None = None
    statements: tuple[str, ...] | None = None
    """As they are written after `# Dx:` (PhysioNet Challenge 2020 and 2021), `# Labels:` (2024) or
    `# Reason for admission:` (PTB Diagnostic ECG Database); None without such a line."""
    filters: str = ""
    """Of the recorder, as they are written after `# Filter:` or in a clinical file."""


def header_facts(header: Path) -> HeaderFacts:
    """The facts of a header; a file that cannot be read has none."""
    if not is_file(header):  # a pipe would be waited for
        return HeaderFacts()
    try:
        with header.open("rb") as file:
            start = file.read(_MAX_BYTES)
    except OSError:
        return HeaderFacts()
    lines, comments = lines_and_comments(start)
    rate_hz, frames = _rate_and_frames(lines)
    said = _said(comments)
    statements = said.get("dx", said.get("labels", said.get("reason for admission")))
    return HeaderFacts(
        is_recording=_has_samples(lines, header.stem),
        rate_hz=rate_hz,
        frames=frames,
        age=age_of(said.get("age", "")),
        sex=sex_of(said.get("sex", "")),
        statements=None if statements is None else _listed(statements),
        filters=said.get("filter", said.get("filters", "")),
    )


def age_of(text: str) -> float | None:
    """Years, or None for what is none: NaN, Unknown, 300 (PTB-XL's mark for over 89)."""
    try:
        age = float(text)
    except ValueError:
        return None
    return age if math.isfinite(age) and 0 <= age <= _OLDEST else None


def sex_of(text: str) -> str | None:
    """ "male", "female" or None."""
    return _SEXES.get(text.strip().lower())


def _said(comments: Iterable[str]) -> dict[str, str]:
    """What the first comment of each key says."""
    said: dict[str, str] = {}
    for line in comments:
        match = _KEY.fullmatch(line)
        if match:
            said.setdefault(match[1].lower(), match[2].strip())
    return said


def _listed(text: str) -> tuple[str, ...]:
    words = (word.strip() for word in text.split(","))
    return tuple(word for word in words if word and word.lower() not in _NOTHING)


def _rate_and_frames(lines: list[str]) -> tuple[float | None, int | None]:
    fields = lines[0].split() if lines else []
    try:
        # The rate may be followed by a counter frequency: 360/100(0).
        rate_hz = float(fields[2].split("/")[0].split("(")[0])
        frames = int(fields[3])
    except (IndexError, ValueError):
        return None, None
    known = math.isfinite(rate_hz) and rate_hz > 0 and 0 < frames < _MAX_FRAMES
    return (rate_hz, frames) if known else (None, None)


def _has_samples(lines: list[str], stem: str) -> bool:
    try:
        has_segments = bool(lines) and segments_in(lines[0].split()[0], stem) > 0
    except RecordingError:  # a number that nothing counts; a reader refuses it
        return True
    return not has_segments and not (len(lines) > 1 and lines[1].split()[0] == "~")
