"""Clinical formats: what is readable beside WFDB, CSV and NPY, and through which library."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from xai_bench.data.formats.aecg import read_aecg
from xai_bench.data.formats.base import Waveforms
from xai_bench.data.formats.dicom import read_dicom
from xai_bench.data.formats.edf import read_edf
from xai_bench.data.formats.scp import read_scp
from xai_bench.data.header_facts import HeaderFacts
from xai_bench.data.lead_algebra import find_leads
from xai_bench.data.normalise import Form, check_rate, frames_to_read, to_record
from xai_bench.data.source import Record, about
from xai_bench.data.wfdb_header import is_file
from xai_bench.errors import RecordingError

__all__ = ["FORMATS", "UNREADABLE", "clinical_facts", "read_clinical", "read_waveforms"]
__all__ += ["unknown_format"]

FORMATS: dict[str, Callable[[Path], Waveforms]] = {
    ".dcm": read_dicom,
    ".edf": read_edf,
    ".scp": read_scp,
    ".xml": read_aecg,
}
"""By suffix; all but SCP-ECG need the libraries of the extra `formats`."""

UNREADABLE = {
    ".bdf": "BDF",
    ".wav": "WAV, which says neither leads nor unit",
    ".mwf": "MFER",
}
"""Suffixes of recordings that nothing here reads."""

_KINDS = {
    **UNREADABLE,
    ".npz": "several arrays in one file; write the one of the leads as NPY (numpy.save)",
}
_MAX_BYTES = 1 << 26
"""Of a file; samples are bounded again by each reader."""


def read_clinical(path: Path, form: Form, *, record_id: str) -> Record:
    """One recording in canonical form from a file of one of `FORMATS`. Raises RecordingError."""
    with about(record_id):
        found = read_waveforms(path)
        leads = find_leads(found.names)
        frames = found.millivolt.shape[1]
        first = form.first_frame(found.rate_hz)
        needed = frames_to_read(frames, found.rate_hz, form)
        return to_record(
            found.millivolt[list(leads.rows), first : first + needed],
            leads,
            found.names,
            frames=frames,
            rate_hz=found.rate_hz,
            units={found.units[row] for row in leads.rows},
            form=form,
        )


def clinical_facts(path: Path) -> HeaderFacts:
    """Rate, length, age, sex and filters; nothing of a file that cannot be read."""
    try:
        found = read_waveforms(path)
    except RecordingError:
        return HeaderFacts()
    frames = found.millivolt.shape[1]
    return HeaderFacts(
        rate_hz=found.rate_hz,
        frames=frames,
        age=found.age,
        sex=found.sex,
        filters=found.filters,
    )


def unknown_format(path: Path) -> str:
    """What is said of a file of a format that is not read."""
    kind = _KINDS.get(path.suffix.lower(), "of an unknown format")
    return (
        f"is {kind}; readable are WFDB (.hea with .dat or .mat), CSV, NPY, DICOM (.dcm), "
        "EDF (.edf), HL7 aECG (.xml) and SCP-ECG (.scp)"
    )


def read_waveforms(path: Path) -> Waveforms:
    """All leads of a file, as they are. Raises RecordingError."""
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise RecordingError(unknown_format(path))
    if not is_file(path):
        raise RecordingError(f"no file {path}")
    try:
        size = path.stat().st_size
        if size > _MAX_BYTES:
            raise RecordingError(f"has {size} bytes, and at most {_MAX_BYTES} are read")
        found = FORMATS[suffix](path)
    except OSError as error:
        raise RecordingError(f"{error.strerror or error}") from None
    check_rate(found.rate_hz)
    if np.isinf(found.millivolt).any():
        raise RecordingError("holds numbers that are no millivolts")
    return found
