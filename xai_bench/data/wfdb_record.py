"""Read one WFDB record (PhysioNet's header + signal files), taking nothing it says on trust."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float64

from xai_bench.data.normalise import Form, check_rate, frames_to_read, lead_rows, origin, to_form
from xai_bench.data.source import Record, about, one_line
from xai_bench.errors import RecordingError

__all__ = ["header_of", "is_file", "is_recording", "read_record"]

_MAX_HEADER_BYTES = 1 << 20
_MAX_LEADS = 256
_MAX_SAMPLES = 1 << 26  # in one read, all leads together
_BLOCK_BYTES = 512  # recorders may fill a signal file up to a whole block

_MILLIVOLT = {"nv": 1e-6, "uv": 1e-3, "mv": 1.0, "v": 1e3}
_BYTES_PER_SAMPLE = {
    "8": 1.0,
    "16": 2.0,
    "24": 3.0,
    "32": 4.0,
    "61": 2.0,
    "80": 1.0,
    "160": 2.0,
    "212": 3 / 2,
    "310": 4 / 3,
    "311": 4 / 3,
}
_COMPRESSED = ("508", "516", "524")  # FLAC: the size of the file says nothing about its length
_PLAIN_NAME = re.compile(r"(?!\.)[\w.-]+")


def is_file(path: Path) -> bool:
    """Whether a path from a hostile table or header is a file that may be looked at."""
    try:
        return path.is_file()
    except OSError:  # a name that is too long, a folder that is closed
        return False


def header_of(path: Path) -> Path:
    """The header file of a record that is named with or without a suffix (.hea, .dat, ...)."""
    header = path.with_name(f"{path.name}.hea")
    return path.with_suffix(".hea") if path.suffix and not is_file(header) else header


def is_recording(header: Path) -> bool:
    """Whether a header describes samples of its own.

    False for the master and the layout header of a multi-segment record: its segments have
    headers of their own. A header that cannot be understood is left for `read_record` to refuse.
    """
    try:
        with header.open("rb") as file:
            start = file.read(4096)
    except OSError:
        return True
    lines = [line.split() for line in start.splitlines() if line.strip()[:1] not in (b"", b"#")]
    has_segments = bool(lines) and b"/" in lines[0][0]
    is_layout = len(lines) > 1 and lines[1][0] == b"~"
    return not has_segments and not is_layout


def read_record(header: Path, form: Form, *, record_id: str) -> Record:
    """One record in canonical form; only the part that is needed is read.

    Raises RecordingError when a file is missing, truncated, unreadable, points elsewhere, or
    holds something that cannot be brought to `form`.
    """
    with about(record_id):
        fields = _read_header(header)
        _check_numbers(fields)
        rows = lead_rows(fields.sig_name)
        rate_hz = float(fields.fs)
        frames = frames_to_read(fields.sig_len, rate_hz, form)
        _check_files(fields, header.parent)
        samples = frames * sum(fields.samps_per_frame)
        if samples > _MAX_SAMPLES:
            raise RecordingError(f"{samples} samples would have to be read at once")
        scale = [_to_millivolt(fields.units[row], fields.sig_name[row]) for row in rows]
        signal = _read_signal(header, rows, frames) * np.array(scale)[:, np.newaxis]
        return Record(
            microvolt=to_form(signal, rate_hz, form),
            origin=origin(
                fields.sig_name,
                rows,
                frames=fields.sig_len,
                rate_hz=rate_hz,
                units={fields.units[row] for row in rows},
                form=form,
            ),
        )


def _read_header(header: Path) -> Any:
    import wfdb  # slow to import

    if not is_file(header):
        raise RecordingError(f"no header file {header}")
    try:
        if header.stat().st_size > _MAX_HEADER_BYTES:
            raise RecordingError(f"{header.name} is too large to be a WFDB header")
        lines = header.read_bytes().splitlines()
    except OSError as error:
        raise RecordingError(f"{header.name}: {error.strerror}") from None
    # wfdb drops such characters, which would turn a unit of µV into V.
    if not all(line.isascii() or line.lstrip().startswith(b"#") for line in lines):
        raise RecordingError(
            f"{header.name} holds characters that WFDB does not know; "
            "it may be no header, or a unit may be written µV instead of uV"
        )
    try:
        fields = wfdb.rdheader(str(header.with_suffix("").absolute()))
    except Exception as error:  # a third-party parser of hostile text raises whatever it likes
        raise RecordingError(f"{header.name} is no WFDB header ({one_line(error)})") from None
    if isinstance(fields, wfdb.MultiRecord):
        raise RecordingError(f"is a record of {fields.n_seg} segments; name one of its segments")
    return fields


def _check_numbers(fields: Any) -> None:
    described = len(fields.file_name or ())
    if not 1 <= fields.n_sig <= _MAX_LEADS or fields.n_sig != described:
        raise RecordingError(f"the header announces {fields.n_sig} leads and describes {described}")
    check_rate(float(fields.fs))
    if fields.sig_len is None:
        raise RecordingError("the header does not state the number of samples")
    # wfdb makes room for the skew before it reads, however large the header says it is.
    if max(skew or 0 for skew in fields.skew) > fields.fs:
        raise RecordingError("a lead is skewed by more than a second")


def _check_files(fields: Any, folder: Path) -> None:
    """Signal files are plain names in the header's folder, and as large as the header says."""
    for name in dict.fromkeys(fields.file_name):
        if not _PLAIN_NAME.fullmatch(name):
            raise RecordingError(f"the header names '{name}', no file beside it")
        path = folder / name
        if not is_file(path):
            raise RecordingError(f"no signal file {path}")
        leads = [i for i, file_name in enumerate(fields.file_name) if file_name == name]
        formats = {fields.fmt[i] for i in leads}
        if len(formats) > 1 or not formats <= {*_BYTES_PER_SAMPLE, *_COMPRESSED}:
            raise RecordingError(
                f"cannot read {name} in format {' and '.join(sorted(formats))}; "
                f"known are {', '.join((*_BYTES_PER_SAMPLE, *_COMPRESSED))}"
            )
        (fmt,) = formats
        if fmt in _BYTES_PER_SAMPLE:
            frame = sum(fields.samps_per_frame[i] for i in leads)
            samples = frame * fields.sig_len
            stated = (fields.byte_offset[leads[0]] or 0) + _BYTES_PER_SAMPLE[fmt] * samples
            found = path.stat().st_size
            if not math.ceil(stated) <= found < stated + _BLOCK_BYTES:
                raise RecordingError(
                    f"{name} has {found} bytes, its header promises "
                    f"{math.ceil(stated)} ({len(leads)} leads of {fields.sig_len} samples): "
                    f"{'truncated' if found < stated else 'the header belongs to another file'}?"
                )


def _to_millivolt(unit: str, lead: str) -> float:
    if unit.lower() not in _MILLIVOLT:
        raise RecordingError(f"lead {lead} is in '{unit}'; known are V, mV, uV, nV")
    return _MILLIVOLT[unit.lower()]


def _read_signal(header: Path, rows: list[int], frames: int) -> Float64[np.ndarray, "lead frame"]:
    import wfdb  # slow to import

    try:
        record = wfdb.rdrecord(str(header.with_suffix("").absolute()), channels=rows, sampto=frames)
    except Exception as error:  # as above: the reader of hostile bytes raises whatever it likes
        raise RecordingError(f"cannot be read ({one_line(error)})") from None
    return np.ascontiguousarray(record.p_signal.T, dtype=np.float64)
