"""Read the beats of a WFDB annotation file (annot(5) of the WFDB applications guide), taking
nothing it says on trust.

An annotation is a word of 16 bits, little-endian: a code in the upper six, in the others the
samples since the one before. Codes above 58 say more of the next or the last one; 0 ends the file.
The parser of `wfdb` gives the same (a test compares them) in twenty times the time.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import final

import numpy as np
from jaxtyping import Int64

from xai_bench.data.wfdb_header import is_file
from xai_bench.errors import RecordingError

__all__ = ["SYMBOLS", "Annotations", "read_annotations"]

_MAX_BYTES = 1 << 24
"""A day of beats takes half a megabyte."""

SYMBOLS = {
    **dict(enumerate("NLRaVFJASEj/Q", start=1)),
    **{25: "B", 30: "?", 34: "e", 35: "n", 38: "f", 41: "r"},
}
"""Code -> symbol, of beats."""

_SKIP, _NUM, _SUB, _CHN, _AUX = 59, 60, 61, 62, 63


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Annotations:
    """The beats that an expert marked in a record, in the order of time."""

    sample: Int64[np.ndarray, " beat"]
    """Of the R peak."""
    symbol: tuple[str, ...]
    """One of `SYMBOLS`."""


def read_annotations(path: Path, frames: int) -> Annotations:
    """The beats in a file such as 208.atr, of a record of so many frames.

    Raises RecordingError for a file that is missing, too large, or no whole annotation file, and
    for times that go back or lie outside of the record.
    """
    if not is_file(path):
        raise RecordingError(f"no annotations {path}")
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise RecordingError(f"{path.name} is too large to be annotations")
        content = path.read_bytes()
    except OSError as error:
        raise RecordingError(f"{path.name}: {error.strerror}") from None
    marks = _marks(content, path.name)
    times = [time for time, _ in marks]
    if times != sorted(times):
        raise RecordingError(f"{path.name}: its times go back; the file is damaged")
    if times and not 0 <= times[0] <= times[-1] < frames:
        raise RecordingError(
            f"{path.name} marks samples {times[0]} to {times[-1]}, and the record has {frames}: "
            "it belongs to another record"
        )
    beats = [(time, SYMBOLS[code]) for time, code in marks if code in SYMBOLS]
    if not beats:
        raise RecordingError(f"{path.name} marks no beats")
    return Annotations(
        sample=np.array([time for time, _ in beats], dtype=np.int64),
        symbol=tuple(symbol for _, symbol in beats),
    )


def _marks(content: bytes, name: str) -> list[tuple[int, int]]:
    """Time and code of every annotation. Raises RecordingError for a file that does not end."""
    words: list[int] = np.frombuffer(content[: len(content) // 2 * 2], dtype="<u2").tolist()
    marks: list[tuple[int, int]] = []
    time, at = 0, 0
    while at < len(words) and words[at]:
        code, step = words[at] >> 10, words[at] & 1023
        at += 1
        if code == _SKIP:
            high, low = (*words[at : at + 2], 0, 0)[:2]
            skipped = high << 16 | low
            time += skipped - (1 << 32) * (skipped >> 31)
            at += 2
        elif code == _AUX:
            at += (step + 1) // 2
        elif code not in (_NUM, _SUB, _CHN):
            time += step
            marks.append((time, code))
    if at >= len(words):
        raise RecordingError(f"{name} is no whole annotation file: the mark of its end is missing")
    return marks
