"""What a reader of a clinical format gives: leads in millivolt, and what the file says of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, final

import numpy as np
from jaxtyping import Float64

from xai_bench.errors import RecordingError

__all__ = ["MAX_SAMPLES", "Waveforms", "bare_lead_name", "filter_words", "imported"]
__all__ += ["millivolt_per", "one_rate"]

MAX_SAMPLES = 1 << 25
"""In one file, all leads together."""

_MAX_HERTZ = 1e5
_MILLIVOLT = {"nv": 1e-6, "uv": 1e-3, "µv": 1e-3, "μv": 1e-3, "mv": 1.0, "v": 1e3}
_PREFIXES = (
    "mdc_ecg_lead_",
    *(f"{word}{mark}" for word in ("ecg", "ekg", "lead") for mark in " _-"),
)


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Waveforms:
    """The leads of a file, whatever they are, of one rate and length."""

    millivolt: Float64[np.ndarray, "lead frame"]
    names: tuple[str, ...]
    units: tuple[str, ...]
    """In which the leads were stored."""
    rate_hz: float
    age: float | None = None
    sex: str | None = None
    filters: str = ""
    """As the file states them, see `filter_words`."""


def imported(module: str) -> Any:
    """A library of the extra. Raises RecordingError where it is not installed."""
    try:
        return import_module(module)
    except ImportError:
        raise RecordingError(
            f"reading it takes {module.partition('.')[0]}: pip install 'xai-bench[formats]'"
        ) from None


def millivolt_per(unit: str, lead: str) -> float:
    """Raises RecordingError for what is no unit of voltage."""
    scale = _MILLIVOLT.get(unit.strip().lower())
    if scale is None:
        raise RecordingError(f"lead {lead} is in '{unit.strip()}'; known are V, mV, uV, nV")
    return scale


def bare_lead_name(name: str) -> str:
    """The name of a lead without what files put around it: "ECG V1", "Lead aVR (Goldberger)".

    >>> bare_lead_name("MDC_ECG_LEAD_AVR")
    'AVR'
    """
    bare = name.partition("(")[0].strip()
    for prefix in _PREFIXES:
        if bare.lower().startswith(prefix):
            return bare[len(prefix) :].strip()
    return bare


def filter_words(low: object = None, high: object = None, notch: object = None) -> str:
    """What a recorder filtered, from the ends of its pass band and its notch in Hz; what is no
    frequency is left out.

    >>> filter_words(0.05, "150", 50)
    '0.05-150 Hz, notch 50 Hz'
    """
    below, above, at = (_hertz(value) for value in (low, high, notch))
    parts = []
    if below and above:
        parts.append(f"{below}-{above} Hz")
    elif below or above:
        parts.append(f"from {below} Hz" if below else f"up to {above} Hz")
    if at:
        parts.append(f"notch {at} Hz")
    return ", ".join(parts)


def _hertz(value: object) -> str:
    try:
        number = float(str(value))
    except ValueError:
        return ""
    return f"{number:g}" if 0 < number < _MAX_HERTZ else ""


def one_rate(rates: Iterable[float]) -> float:
    """The rate that all leads share. Raises RecordingError."""
    found = sorted(set(rates))
    if len(found) != 1:
        raise RecordingError(
            f"its leads have {len(found)} sampling rates ({', '.join(f'{r:g}' for r in found)} Hz)"
        )
    return found[0]
