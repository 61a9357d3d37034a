"""Read one recording from a table of numbers (CSV) or an array (NPY), taking nothing on trust."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Float64

from xai_bench.data.lead_algebra import EIGHT, find_leads
from xai_bench.data.normalise import (
    AMPLITUDE_MV,
    Form,
    amplitude_mv,
    check_rate,
    frames_to_read,
    to_record,
)
from xai_bench.data.source import Record, about, one_line
from xai_bench.errors import RecordingError
from xai_bench.types import LEADS

__all__ = ["SUFFIXES", "Unit", "read_table"]

SUFFIXES = (".csv", ".npy")
Unit = Literal["mV", "uV"]

_MILLIVOLT: dict[Unit, float] = {"mV": 1.0, "uV": 1e-3}
_MAX_BYTES = 1 << 25  # 12 leads of ten minutes at 500 Hz as float64, of two as text
_MAX_VALUE = 1e9  # what is beyond would overflow a filter; to_form refuses far smaller numbers
_SEPARATORS = ",;\t"
_NAMES = {len(names): names for names in (LEADS, EIGHT)}
"""Of leads that a file does not name, by their number."""


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    values: Float64[np.ndarray, "row column"]
    names: tuple[str, ...] | None
    """Of the rows, which are leads then."""


def read_table(
    path: Path, form: Form, *, rate_hz: float | None, unit: Unit, record_id: str
) -> Record:
    """One recording in canonical form, of 12 (or 8) rows or columns of numbers.

    CSV: separated by commas, semicolons or tabs. A first line, or a first column, of names says
    which leads these are; they may then be in any order, and others (a time, vx) are passed over.
    NPY: real numbers, (12, time) or (time, 12). Without names leads are in canonical order; eight
    are I, II and V1 to V6, from which the others follow.
    rate_hz: of the file, which cannot say it.

    Raises RecordingError.
    """
    with about(record_id):
        if rate_hz is None:
            raise RecordingError(
                "does not state its sampling rate; give it: --rate 500 "
                "(load_record(recorded_hz=500))"
            )
        check_rate(rate_hz)
        try:
            if not path.is_file():
                raise RecordingError(f"no file {path}")
            size = path.stat().st_size
            if size > _MAX_BYTES:
                raise RecordingError(
                    f"has {size} bytes, and at most {_MAX_BYTES} are read: "
                    "cut the part that matters, or write it as a WFDB record"
                )
            table = (_csv if path.suffix.lower() == ".csv" else _npy)(path)
        except OSError as error:
            raise RecordingError(f"{error.strerror or error}") from None
        signal = _leads_first(table)
        leads = find_leads(table.names or _NAMES[len(signal)])
        frames = signal.shape[1]
        needed = frames_to_read(frames, rate_hz, form)
        with np.errstate(invalid="ignore"):  # NaN may be of the kind that signals
            millivolt = signal[list(leads.rows), :needed] * _MILLIVOLT[unit]
        if np.abs(millivolt[np.isfinite(millivolt)]).max(initial=0.0) > _MAX_VALUE:
            raise RecordingError("holds numbers that are no millivolts")
        amplitude = amplitude_mv(leads.whole(millivolt)) if np.isfinite(millivolt).all() else 0.0
        if amplitude and not AMPLITUDE_MV[0] <= amplitude <= AMPLITUDE_MV[1]:
            raise RecordingError(
                f"has an amplitude of {amplitude:.4g} mV, and an ECG has {AMPLITUDE_MV[0]:g} to "
                f"{AMPLITUDE_MV[1]:g}: check its unit (--unit)"
            )
        return to_record(
            millivolt,
            leads,
            table.names,
            frames=frames,
            rate_hz=rate_hz,
            units=[unit],
            form=form,
        )


def _leads_first(table: _Table) -> Float64[np.ndarray, "lead frame"]:
    """The values with leads as rows; without names, the axis of 12 (or 8) is that of leads."""
    if table.names is not None:
        return table.values
    rows, columns = table.values.shape
    if (rows in _NAMES) == (columns in _NAMES):
        raise RecordingError(
            f"is {rows} x {columns}, and exactly one of the two must be 12 (or 8), the leads"
        )
    return table.values if rows in _NAMES else table.values.T


def _npy(path: Path) -> _Table:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about headers of old or odd files
            # Maps the file without reading it, and refuses pickles and files that are too short.
            array = np.lib.format.open_memmap(path, mode="r")
    except Exception as error:  # a parser of hostile bytes raises whatever it likes
        raise RecordingError(f"is no NPY array of numbers ({one_line(error)})") from None
    if array.ndim != 2 or array.dtype.kind not in "iuf" or array.size == 0:
        raise RecordingError(
            f"holds {array.dtype} of shape {array.shape}; wanted are real "
            f"numbers of shape (12, time) or (time, 12)"
        )
    with np.errstate(all="ignore"):  # what is too large for float64 becomes infinite
        return _Table(np.array(array, dtype=np.float64), None)


def _csv(path: Path) -> _Table:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RecordingError("is no text in UTF-8") from None
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise RecordingError("is empty")
    separator = max(_SEPARATORS, key=lines[0].count)
    first = _cells(lines[0], separator)
    if first == [str(i) for i in range(len(first))]:
        raise RecordingError(
            "its first line numbers the columns; name the leads there, or leave it out"
        )
    names: tuple[str, ...] | None = None
    of_columns = False
    if len(first) > 1 and first == ["", *(str(i) for i in range(len(first) - 1))]:
        # As pandas writes what has no names: a line and a column that number the others.
        names = _names_of_rows(lines[1:], separator)
        lines = [line.partition(separator)[2] for line in lines[1:]]
        names = None if all(map(_is_number, names)) else names
    elif not any(map(_is_number, first)):
        of_columns = True
        names, lines = tuple(first), lines[1:]
    elif not _is_number(first[0]):
        names = _names_of_rows(lines, separator)
        lines = [line.partition(separator)[2] for line in lines]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that there are no numbers; said below
            values = np.loadtxt(
                lines, dtype=np.float64, delimiter=separator, comments=None, quotechar='"', ndmin=2
            )
    except Exception as error:  # as above
        raise RecordingError(f"{one_line(error)}") from None
    if values.size == 0:
        raise RecordingError("holds no numbers")
    if of_columns:
        values = values.T
    if names is not None and len(names) != len(values):
        raise RecordingError(f"has {len(names)} names for {len(values)} columns of numbers")
    return _Table(values, names)


def _names_of_rows(lines: list[str], separator: str) -> tuple[str, ...]:
    return tuple(_cells(line, separator, most=1)[0] for line in lines)


def _cells(line: str, separator: str, *, most: int = -1) -> list[str]:
    return [cell.strip().strip('"').strip() for cell in line.split(separator, most)]


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
