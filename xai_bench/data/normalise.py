"""Bring one recording to its canonical form: twelve leads, one rate, one length, microvolt."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, final, get_args

import numpy as np
from jaxtyping import Bool, Float64, Int16

from xai_bench.data.lead_algebra import FoundLeads, broken_identity
from xai_bench.data.source import Record
from xai_bench.errors import RecordingError, UnknownNameError
from xai_bench.names import few
from xai_bench.types import LEADS, to_microvolt

__all__ = [
    "AMPLITUDE_MV",
    "MAX_MILLIVOLT",
    "Form",
    "Length",
    "amplitude_mv",
    "check_rate",
    "frames_to_read",
    "origin",
    "resample",
    "to_form",
    "to_record",
]

Length = Literal["exact", "crop", "pad", "windows"]
"""What to do with a recording of another length than the wanted one.

exact: refuse it. crop: take the first seconds of a longer one, refuse a shorter one.
pad: fill a shorter one up with the mean of each lead, refuse a longer one.
windows: make several of a longer one, one after the other, refuse a shorter one.
"""

AMPLITUDE_MV = (0.01, 20.0)
"""Of an ECG, see `amplitude_mv`; numbers whose unit nothing states are refused outside."""

MAX_MILLIVOLT = 32.0
"""int16 microvolt end at 32.767; no ECG lead comes near."""

_MAX_RATE_HZ = 50_000
_MAX_FILTERED = 1e9  # what is beyond would overflow a filter
_MARGIN = 10  # what the anti-alias filter of resample_poly reaches, in samples at the new rate
_MAX_FACTOR = 10_000  # exact for 257 -> 100 Hz, and bounds the filter for any rate a header states

Signal = Float64[np.ndarray, "lead frame"]
Prepared = Int16[np.ndarray, "lead time"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The rate and length that every recording of a source is brought to."""

    rate_hz: float = 100.0
    seconds: float = 10.0
    length: Length = "exact"
    gain: float | None = None
    """Units per millivolt of a WFDB lead whose header states no gain, or 0; None refuses it."""

    start: float = 0.0
    """Seconds of a recording that are passed over, where a later window of it is wanted."""

    def __post_init__(self) -> None:
        """Raises UnknownNameError for a length that is none."""
        if self.length not in get_args(Length):
            raise UnknownNameError("length", str(self.length), get_args(Length))
        # 500 and 500.0 are one form: recordings are cached by its text.
        object.__setattr__(self, "rate_hz", float(self.rate_hz))
        object.__setattr__(self, "seconds", float(self.seconds))

    @property
    def samples(self) -> int:
        return round(self.rate_hz * self.seconds)

    def first_frame(self, rate_hz: float) -> int:
        """Of a recording at this rate, the first that is wanted."""
        return round(self.start * rate_hz)


def check_rate(rate_hz: float) -> None:
    """Raises RecordingError for a sampling rate that no ECG has."""
    if not 1 <= rate_hz <= _MAX_RATE_HZ:
        raise RecordingError(
            f"a sampling rate of {rate_hz:g} Hz is not that of an ECG (1 to {_MAX_RATE_HZ} Hz)"
        )


def amplitude_mv(signal: Signal) -> float:
    """The largest distance of a sample from the mean of its lead."""
    return float(np.abs(signal - signal.mean(axis=1, keepdims=True)).max())


def frames_to_read(frames: int, rate_hz: float, form: Form) -> int:
    """How many of a recording's `frames` at `rate_hz`, from `form.first_frame` on, are needed.

    Raises RecordingError when its rate is below the wanted one, or its length is not allowed.
    """
    if rate_hz < form.rate_hz:
        raise RecordingError(
            f"recorded at {rate_hz:g} Hz, the model reads {form.rate_hz:g} Hz: "
            "upsampling would invent detail; use a model of a lower rate"
        )
    wanted = round(form.seconds * rate_hz)
    frames -= form.first_frame(rate_hz)
    if frames < 1:
        raise RecordingError("holds no samples")
    ways = ("crop", "windows") if frames > wanted else ("pad",)
    allowed = frames == wanted or form.length in ways
    if not allowed:
        wants = f"{form.seconds:g} s are wanted"
        fix = f"--length pad fills it up to {form.seconds:g} s"
        if frames > wanted:
            fix = f"--length crop takes the first {form.seconds:g} s, --length windows all it has"
        raise RecordingError(
            f"{frames / rate_hz:g} s long ({frames} samples at {rate_hz:g} Hz), {wants}; {fix}"
        )
    # Beyond a cut the filter sees the true signal, so that cropping leaves no trace at the end.
    return min(frames, wanted + math.ceil(_MARGIN * rate_hz / form.rate_hz))


def to_record(
    signal: Float64[np.ndarray, "present frame"],
    leads: FoundLeads,
    names: Sequence[str | None] | None,
    *,
    frames: int,
    rate_hz: float,
    units: Collection[str],
    form: Form,
) -> Record:
    """What every reader ends with: a recording in canonical form, checked, with its origin.

    `signal` holds the leads that are `present` in millivolt, as long as `frames_to_read` says;
    for the others see `origin`. Raises RecordingError as `to_form` does, and where the limb leads
    contradict each other.
    """
    microvolt = to_form(leads.whole(signal), rate_hz, form)
    broken = broken_identity(microvolt / 1000.0)
    if broken and names is None:
        raise RecordingError(
            f"{broken}: its leads are in another order than {', '.join(leads.present)}. "
            "A CSV may name them in its first line"
        )
    if broken:
        raise RecordingError(
            f"{broken}: its leads have wrong names, were scaled one by one, or one is broken"
        )
    return Record(
        microvolt=microvolt,
        origin=origin(names, leads, frames=frames, rate_hz=rate_hz, units=units, form=form),
    )


def to_form(signal: Signal, rate_hz: float, form: Form, leads: Sequence[str] = LEADS) -> Prepared:
    """Resample, cut or fill up, and round to microvolt.

    `signal` has these leads in millivolt, and is as long as `frames_to_read` says. Every step is
    linear and the same for all leads, so Einthoven's and Goldberger's identities survive up to
    rounding. Raises RecordingError naming the leads that are not finite, flat, or too
    large to be an ECG in millivolt.
    """
    _refuse(leads, ~np.isfinite(signal).all(axis=1), "has missing (NaN or infinite) samples")
    _refuse_beyond(leads, signal, _MAX_FILTERED)
    at_rate = resample(signal, rate_hz, form.rate_hz)[:, : form.samples]
    _refuse_beyond(leads, at_rate, MAX_MILLIVOLT)

    # The mean becomes exactly 0 after a z-score: filled-up time then adds nothing to sum(W * z).
    # Holding the last sample instead could hold the top of an R wave for seconds.
    absent = form.samples - at_rate.shape[1]
    if absent:
        filling = np.repeat(at_rate.mean(axis=1, keepdims=True), absent, axis=1)
        at_rate = np.concatenate([at_rate, filling], axis=1)
    microvolt = to_microvolt(at_rate.astype(np.float32))

    flat = microvolt.min(axis=1) == microvolt.max(axis=1)
    _refuse(leads, flat, "is flat: it never leaves one value (electrode off, or wrong unit?)")
    return microvolt


def resample(
    signal: Float64[np.ndarray, "lead frame"], rate_hz: float, wanted_hz: float
) -> Float64[np.ndarray, "lead resampled"]:
    """Polyphase resampling (Kaiser-windowed FIR), which also keeps out what would alias."""
    from scipy.signal import resample_poly  # slow to import

    ratio = Fraction(wanted_hz / rate_hz).limit_denominator(_MAX_FACTOR)
    if ratio == 1:
        return signal
    # Subtracting the line through the ends keeps an offset or drift from ringing at the edges.
    return np.asarray(
        resample_poly(signal, ratio.numerator, ratio.denominator, axis=1, padtype="line")
    )


def _refuse_beyond(leads: Sequence[str], signal: Signal, most: float) -> None:
    peak = np.abs(signal).max(axis=1)
    reason = f"reaches {peak.max():.4g} mV, and no ECG exceeds {MAX_MILLIVOLT:g}: check its unit"
    _refuse(leads, peak > most, reason)


def _refuse(leads: Sequence[str], bad: Bool[np.ndarray, " lead"], reason: str) -> None:
    named = [lead for lead, is_bad in zip(leads, bad, strict=True) if is_bad]
    if named:
        raise RecordingError(f"lead {_listed(named)} {reason}")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


def origin(
    names: Sequence[str | None] | None,
    leads: FoundLeads,
    *,
    frames: int,
    rate_hz: float,
    units: Collection[str],
    form: Form,
) -> str:
    """Two sentences: what was read, and what `to_record` and the reader made of it.

    names: of the leads in the file, or None where it names none; leads: those that were taken.
    frames: of the whole file. units: in which these leads are.

    >>> origin(None, FoundLeads(range(12)), frames=5000, rate_hz=500, units=["mV"], form=Form())
    'Read: 12 leads of 10 s at 500 Hz in mV. Done: leads taken to be in the order I, II, III, aVR,
    aVL, aVF, V1, V2, V3, V4, V5, V6; resampled to 100 Hz.'
    """
    count = len(leads.present) if names is None else len(names)
    done = []
    if names is None:
        done.append(f"leads taken to be in the order {', '.join(leads.present)}")
    else:
        others = [name or "" for row, name in enumerate(names) if row not in leads.rows]
        if others:
            done.append(f"{few(others)} left out")
        if list(leads.rows) != sorted(leads.rows):
            done.append("leads put in canonical order")
    if leads.derived:
        two = " and ".join(leads.present[:2])
        done.append(f"{', '.join(leads.derived)} derived from {two}")
    if set(units) != {"mV"}:
        done.append("converted to mV")
    if rate_hz != form.rate_hz:
        done.append(f"resampled to {form.rate_hz:g} Hz")
    wanted = round(form.seconds * rate_hz)
    if frames > wanted:
        later = f"{form.seconds:g} s from {form.start:g} s on"
        done.append(f"cut to {later if form.start else f'the first {form.seconds:g} s'}")
    if frames < wanted:
        done.append(f"filled up to {form.seconds:g} s with the mean of each lead")
    read = (
        f"{count} leads of {frames / rate_hz:g} s at {rate_hz:g} Hz in {', '.join(sorted(units))}"
    )
    return f"Read: {read}. Done: {'; '.join(done) or 'nothing'}."
