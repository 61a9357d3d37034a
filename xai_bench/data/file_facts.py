"""What a file of one recording states beside its samples, whatever its format."""

from __future__ import annotations

from pathlib import Path

from xai_bench.data.beats import beats_place
from xai_bench.data.formats import FORMATS, clinical_facts
from xai_bench.data.header_facts import HeaderFacts, header_facts
from xai_bench.data.planted.open_planted import planted_place
from xai_bench.data.recording_windows import named_window
from xai_bench.data.table_record import SUFFIXES
from xai_bench.data.wfdb_header import is_file
from xai_bench.data.wfdb_record import header_of

__all__ = ["file_facts"]


def file_facts(path: str | Path, *, recorded_hz: float | None = None) -> HeaderFacts:
    """Rate, length, age, sex, statements and filters, by a path as `load_record` takes it.

    recorded_hz: of a CSV or NPY, which state nothing. What is no file of its own (a made or a
    planted recording, a beat) has no facts, and neither has what cannot be read.
    """
    if planted_place(path) is not None or beats_place(path) is not None:
        return HeaderFacts()
    window = None if is_file(Path(path)) else named_window(str(path))
    file = Path(path if window is None else window[0])
    suffix = file.suffix.lower()
    if suffix in SUFFIXES:
        return HeaderFacts(rate_hz=recorded_hz)
    return clinical_facts(file) if suffix in FORMATS else header_facts(header_of(file))
