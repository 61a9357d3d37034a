"""Read one WFDB record (PhysioNet's header + signal files), taking nothing it says on trust."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float64

from xai_bench.data.lead_algebra import find_leads
from xai_bench.data.normalise import Form, check_rate, frames_to_read, to_record
from xai_bench.data.source import Record, about
from xai_bench.data.wfdb_header import Header, LeadLine, is_file, read_header
from xai_bench.data.wfdb_signal import check_files, leads_out, read_units
from xai_bench.errors import RecordingError

__all__ = ["header_of", "read_millivolt", "read_record"]

_MILLIVOLT = {"nv": 1e-6, "uv": 1e-3, "mv": 1.0, "v": 1e3}


def header_of(path: Path) -> Path:
    """The header file of a record that is named with or without a suffix (.hea, .dat, ...)."""
    header = path.with_name(f"{path.name}.hea")
    return path.with_suffix(".hea") if path.suffix and not is_file(header) else header


def read_record(path: Path, form: Form, *, record_id: str, root: Path | None = None) -> Record:
    """One record in canonical form, by the path of its header.

    root: the folder that it belongs to, that of the header where none is given; symbolic links
    that lead out of it are not followed.

    Raises RecordingError when a file is missing, damaged, unreadable, points elsewhere, or holds
    something that cannot be brought to `form`.
    """
    with about(record_id):
        folder = path.parent
        if root is not None and leads_out(path, root):
            raise RecordingError(
                f"{path.name} is a symbolic link out of {root}, and none is followed: copy the file"
            )
        header = read_header(path)
        check_rate(header.rate_hz)
        names = [lead.name for lead in header.leads]
        leads = find_leads(names)
        lines = [header.leads[row] for row in leads.rows]
        first = form.first_frame(header.rate_hz)
        frames = frames_to_read(header.frames, header.rate_hz, form)
        check_files(header, folder, root or folder)
        millivolt = read_millivolt(
            header, folder, leads.rows, first=first, frames=frames, gain=form.gain
        )
        return to_record(
            millivolt,
            leads,
            names,
            frames=header.frames,
            rate_hz=header.rate_hz,
            units={line.unit if line.gain else "units" for line in lines},
            form=form,
        )


def read_millivolt(
    header: Header,
    folder: Path,
    rows: Sequence[int],
    *,
    first: int = 0,
    frames: int,
    gain: float | None = None,
) -> Float64[np.ndarray, "row frame"]:
    """As `read_units`, in millivolt. gain: see `Form`. Raises RecordingError."""
    lines = [header.leads[row] for row in rows]
    # A reader makes room for the skew before it reads, however large the header says it is.
    if max(lead.skew for lead in header.leads) > header.rate_hz:
        raise RecordingError("a lead is skewed by more than a second")
    scale = [_millivolt_per_unit(line, gain) for line in lines]
    units = read_units(header, folder, rows, first=first, frames=frames)
    baseline = np.array([line.baseline for line in lines], dtype=np.float64)
    of_unit = np.array([line.gain or gain for line in lines], dtype=np.float64)
    with np.errstate(over="ignore"):  # a gain of 1e-308: no millivolt, and refused as such
        units -= baseline[:, np.newaxis]
        units /= of_unit[:, np.newaxis]
        units *= np.array(scale)[:, np.newaxis]
    return units


def _millivolt_per_unit(line: LeadLine, gain: float | None) -> float:
    """Of the physical unit that a lead is in, millivolt where only `gain` says what its gain is."""
    if line.gain is None:
        if gain is None:
            raise RecordingError(
                f"lead {line.name} is not calibrated: its header states no gain, or 0; "
                "give it in units per mV: --gain 200"
            )
        return 1.0
    if line.unit.lower() not in _MILLIVOLT:
        raise RecordingError(f"lead {line.name} is in '{line.unit}'; known are V, mV, uV, nV")
    return _MILLIVOLT[line.unit.lower()]
