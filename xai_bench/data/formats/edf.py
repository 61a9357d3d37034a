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
            edf = edfio.read_edf(path)
            if "EDF+D" in edf.reserved:
                raise RecordingError("is a recording with gaps (EDF+D), and none is filled")
            signals = [signal for signal in edf.signals if signal.label != "EDF Annotations"]
            return _waveforms(signals, sex_of(_sex(edf)))
    except RecordingError:
        raise
    except Exception as error:  # a parser of hostile bytes raises whatever it likes
        raise RecordingError(f"is no EDF file ({one_line(error)})") from None


def _waveforms(signals: list[Any], sex: str | None) -> Waveforms:
    if not 1 <= len(signals) <= _MAX_SIGNALS:
        raise RecordingError(f"has {len(signals)} signals")
    named = [(bare_lead_name(signal.label), signal) for signal in signals]
    leads = [(name, signal) for name, signal in named if name.lower() in _LEADS]
    if not leads:
        leads = named  # and what needs leads says which are missing
    rate_hz = one_rate(float(signal.sampling_frequency) for _, signal in leads)
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
    )


def _sex(edf: Any) -> str:
    try:
        return str(edf.patient.sex)
    except Exception:  # a file of plain EDF may hold any words there
        return ""
