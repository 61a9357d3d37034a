"""EDF and EDF+ (Kemp et al. 1992, Kemp and Olivan 2003): one file of signals with a text header."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from xai_bench.data.formats.base import (
    MAX_SAMPLES,
    Waveforms,
    bare_lead_name,
    imported,
    millivolt_per,
    one_rate,
)
from xai_bench.data.header_facts import sex_of
from xai_bench.data.source import one_line
from xai_bench.errors import RecordingError
from xai_bench.types import LEADS

__all__ = ["read_edf"]

_MAX_SIGNALS = 256
_LEADS = {lead.lower() for lead in LEADS}


def read_edf(path: Path) -> Waveforms:
    """The signals that are called leads, such as "ECG V1"; others (a belt, a pulse) are left out.

    Raises RecordingError.
    """
    edfio = imported("edfio")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about headers that bend the standard
            _check_size(path)
            edf = edfio.read_edf(path)
            if "EDF+D" in edf.reserved:
                raise RecordingError("is a recording with gaps (EDF+D), and none is filled")
            signals = [signal for signal in edf.signals if signal.label != "EDF Annotations"]
            return _waveforms(signals, sex_of(_sex(edf)))
    except RecordingError:
        raise
    except Exception as error:  # a parser of hostile bytes raises whatever it likes
        raise RecordingError(f"is no EDF file ({one_line(error)})") from None


def _check_size(path: Path) -> None:
    """Raises RecordingError where the file does not hold as many records of samples as its head
    says, which `edfio` corrects without a word; ValueError where there is no head.

    All in text: version (8 bytes) ... bytes of the head (8 at 184), records (8 at 236), signals (4
    at 252), and of each signal its samples in a record (8, after 216 bytes of other fields).
    """
    with path.open("rb") as file:
        head = file.read(256)
        version = head[:8].decode("ascii", "replace").strip()
        if version != "0":
            raise RecordingError(f"is no EDF file (its version is '{version:.8}', not 0)")
        of_head, records, signals = (
            int(head[k : k + n]) for k, n in ((184, 8), (236, 8), (252, 4))
        )
        if not 1 <= signals <= _MAX_SIGNALS:
            raise RecordingError(f"has {signals} signals")
        if of_head != 256 * (signals + 1):
            raise RecordingError(f"has {signals} signals and a head of {of_head} bytes")
        if records < -1:
            raise RecordingError(f"announces {records} records of samples")
        file.seek(256 + 216 * signals)
        stated = file.read(8 * signals)
    in_a_record = 2 * sum(int(stated[k : k + 8]) for k in range(0, 8 * signals, 8))
    size = path.stat().st_size
    if records == -1:  # a recorder that was stopped has not counted them
        records = (size - of_head) // in_a_record
    if size != of_head + records * in_a_record:
        raise RecordingError(
            f"has {size} bytes, its head promises {of_head + records * in_a_record} "
            f"({records} records of {in_a_record}): truncated?"
        )


def _check_range(name: str, signal: Any) -> None:
    """Raises RecordingError for a signal whose integers would be taken for millivolts."""
    try:
        values, integers = signal.physical_range, signal.digital_range
    except ValueError:
        raise RecordingError(f"lead {name} does not state the range of its values") from None
    if not np.isfinite([*values]).all() or values[0] == values[1] or integers[0] == integers[1]:
        raise RecordingError(
            f"lead {name} has values of {values[0]:g} to {values[1]:g} for integers of "
            f"{integers[0]} to {integers[1]}"
        )


def _waveforms(signals: list[Any], sex: str | None) -> Waveforms:
    if not 1 <= len(signals) <= _MAX_SIGNALS:
        raise RecordingError(f"has {len(signals)} signals")
    named = [(bare_lead_name(signal.label), signal) for signal in signals]
    leads = [(name, signal) for name, signal in named if name.lower() in _LEADS]
    if not leads:
        leads = named  # and what needs leads says which are missing
    rate_hz = one_rate(float(signal.sampling_frequency) for _, signal in leads)
    for name, signal in leads:
        _check_range(name, signal)
    data = [np.asarray(signal.data, dtype=np.float64) for _, signal in leads]
    if sum(map(len, data)) > MAX_SAMPLES or len(set(map(len, data))) != 1:
        raise RecordingError("its signals are of several lengths, or of too many samples")
    units = tuple(str(signal.physical_dimension) for _, signal in leads)
    names = tuple(name for name, _ in leads)
    scale = [millivolt_per(unit, name) for unit, name in zip(units, names, strict=True)]
    return Waveforms(
        millivolt=np.stack(data) * np.array(scale)[:, np.newaxis],
        names=names,
        units=units,
        rate_hz=rate_hz,
        sex=sex,
        filters=_filters(leads[0][1]),
    )


def _filters(signal: Any) -> str:
    """In the words of the file, such as "HP:0.05Hz LP:150Hz"."""
    stated = str(signal.prefiltering).strip()
    return "" if "not recorded" in stated else stated


def _sex(edf: Any) -> str:
    try:
        return str(edf.patient.sex)
    except Exception:  # a file of plain EDF may hold any words there
        return ""
