"""Read a WFDB header (header(5) of the WFDB applications guide) as text that may say anything.

    record[/segments] leads [rate[/counter] [samples [time [date]]]]
    file format[xN][:skew][+offset] [gain[(baseline)][/unit] [resolution [zero [first [checksum
        [block [name]]]]]]]                                                    a line for each lead
    # comment

The parser of `wfdb` is 20 times slower, refuses a date written 05-May-2020 and a record name with
a dot or a folder, and reads a gain of 0 as 200 units/mV.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import final

from xai_bench.errors import RecordingError

__all__ = ["Header", "LeadLine", "is_file", "lines_and_comments", "parse_header"]
__all__ += ["read_header", "segments_in"]

_MAX_BYTES = 1 << 20
_MAX_LINE = 1024
_MAX_LEADS = 256
_MAX_DIGITS = 18

_RATE_HZ = 250.0  # where the record line does not state one; it then states no length either
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_RECORD = re.compile(
    rf"(?P<name>\S+)\s+(?P<leads>\d+)"
    rf"(?:\s+(?P<rate>{_NUMBER})(?:/\S*)?(?:\s+(?P<frames>\d+)(?:\s.*)?)?)?"
)
_LEAD = re.compile(
    rf"(?P<file>\S+)\s+(?P<format>\d+)(?:x(?P<per_frame>\d+))?(?::(?P<skew>\d+))?"
    rf"(?:\+(?P<offset>\d+))?(?!\S)"
    rf"(?:\s+(?P<gain>{_NUMBER})(?:\((?P<baseline>[+-]?\d+)\))?(?:/(?P<unit>\S+))?(?!\S))?"
    r"(?:\s+(?P<resolution>\d+)(?!\S))?"
    r"(?:\s+(?P<zero>[+-]?\d+)(?!\S))?"
    r"(?:\s+(?P<first>[+-]?\d+)(?!\S))?"
    r"(?:\s+(?P<checksum>[+-]?\d+)(?!\S))?"
    r"(?:\s+(?P<block>\d+)(?!\S))?"
    r"(?:\s+(?P<name>.*))?"
)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class LeadLine:
    """What a header says of one lead."""

    file: str
    """A plain name, of a file beside the header."""
    format: str
    per_frame: int
    """Samples in a frame; 1 but for leads that are sampled faster than the record."""
    skew: int
    offset: int
    """Of the first sample in the file, in bytes."""
    gain: float | None
    """Units per physical unit; None where it is absent or 0, which means uncalibrated."""
    baseline: int
    unit: str
    first: int | None
    """Value of the first sample, in units; None where nothing is stated."""
    checksum: int | None
    """Sum of all samples in units, modulo 65,536; None where nothing is stated."""
    name: str


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """A record of one segment: its rate, its length and its leads."""

    rate_hz: float
    frames: int
    leads: tuple[LeadLine, ...]
    comments: tuple[str, ...]
    """Lines after a #, such as "Age: 66" or "Dx: 426783006"."""


def is_file(path: Path) -> bool:
    """Whether a path from a hostile table or header is a file that may be looked at."""
    try:
        return path.is_file()
    except OSError:  # a name that is too long, a folder that is closed
        return False


def read_header(path: Path) -> Header:
    """The header in a file. Raises RecordingError when it is missing or no header."""
    if not is_file(path):
        raise RecordingError(f"no header file {path}")
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise RecordingError(f"{path.name} is too large to be a WFDB header")
        content = path.read_bytes()
    except OSError as error:
        raise RecordingError(f"{path.name}: {error.strerror}") from None
    return parse_header(content, path.stem)


def parse_header(content: bytes, stem: str) -> Header:
    """The header in the bytes of a file of this name. Raises RecordingError."""
    lines, comments = lines_and_comments(content)
    if not all(line.isascii() and line.expandtabs().isprintable() for line in lines):
        raise RecordingError(
            f"{stem}.hea holds characters that WFDB does not know; "
            "it may be no header, or a unit may be written µV instead of uV"
        )
    found = _RECORD.fullmatch(lines[0]) if lines and len(lines[0]) <= _MAX_LINE else None
    if found is None:
        raise RecordingError(
            f"{stem}.hea is no WFDB header (its first line is {_quoted(lines)}, "
            "and belongs: name, number of leads, rate, number of samples)"
        )
    segments = segments_in(found["name"], stem)
    if segments:
        raise RecordingError(f"is a record of {segments} segments; name one of its segments")
    count = _integer(found["leads"]) or 0
    if not 1 <= count <= _MAX_LEADS or count != len(lines) - 1:
        raise RecordingError(f"the header announces {count} leads and describes {len(lines) - 1}")
    if found["frames"] is None:
        raise RecordingError("the header does not state the number of samples")
    folder = found["name"].rpartition("/")[0]
    return Header(
        rate_hz=float(found["rate"]) if found["rate"] else _RATE_HZ,
        frames=_integer(found["frames"]) or 0,
        leads=_stated(tuple(_lead(line, folder, stem) for line in lines[1:])),
        comments=comments,
    )


def lines_and_comments(content: bytes) -> tuple[list[str], tuple[str, ...]]:
    """The lines of a header that are not empty, and the comments among them without their #."""
    lines = [line.strip() for line in content.decode(errors="replace").splitlines()]
    comments = tuple(line[1:].strip() for line in lines if line.startswith("#"))
    return [line for line in lines if line and not line.startswith("#")], comments


def segments_in(name: str, stem: str) -> int:
    """How many segments a record line of this name announces; 0 for a record of its own.

    A number after a slash counts segments (all/3 in all.hea), unless it is what the file is called
    (records/00001 in 00001.hea): then a folder stands before the slash.
    """
    before, slash, last = name.rpartition("/")
    is_number = last.isascii() and last.isdigit()
    if not slash or not is_number or (last == stem and before != stem):
        return 0
    return max(1, _integer(last) or 0)


def _lead(line: str, folder: str, stem: str) -> LeadLine:
    found = _LEAD.fullmatch(line) if len(line) <= _MAX_LINE else None
    # What stands where a gain belongs, and is none, is no name.
    if found is None or (found["gain"] is None and re.match(r"\S*[(/]", found["name"] or "")):
        raise RecordingError(
            f"{stem}.hea is no WFDB header (a lead is described by {_quoted([line])})"
        )
    stated = found.groupdict()
    name = " ".join((stated["name"] or "").split())
    per_frame = _integer(stated["per_frame"])
    if per_frame == 0:
        raise RecordingError(f"lead {name} has 0 samples in a frame")
    gain = float(stated["gain"] or 0)
    of_file, _, file = stated["file"].rpartition("/")
    return LeadLine(
        # A header that was written elsewhere may name its own folder, in the record's name too.
        file=file if folder and of_file == folder else stated["file"],
        format=stated["format"],
        per_frame=per_frame or 1,
        skew=_integer(stated["skew"]) or 0,
        offset=_integer(stated["offset"]) or 0,
        gain=gain if math.isfinite(gain) and gain != 0 else None,
        baseline=_integer(stated["baseline"] or stated["zero"]) or 0,
        unit=stated["unit"] or "mV",
        first=_integer(stated["first"]),
        checksum=_integer(stated["checksum"]),
        name=name,
    )


def _stated(leads: tuple[LeadLine, ...]) -> tuple[LeadLine, ...]:
    """Without the first samples, or the checksums, where nobody filled them in: 0 in every lead."""
    if not any(lead.first for lead in leads):
        leads = tuple(replace(lead, first=None) for lead in leads)
    if not any(lead.checksum for lead in leads):
        leads = tuple(replace(lead, checksum=None) for lead in leads)
    return leads


def _integer(text: str | None) -> int | None:
    """Of digits that a pattern has matched; what no computer counts is refused."""
    if text is None:
        return None
    if len(text) > _MAX_DIGITS:
        raise RecordingError(f"the header holds the number {text[:_MAX_DIGITS]}...")
    return int(text)


def _quoted(lines: list[str]) -> str:
    line = lines[0] if lines else ""
    return repr(line if len(line) <= 60 else f"{line[:60]}...")
