"""Recordings from an array in memory, which says nothing of itself: unit, order and flaws are
checked where they can be seen."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any, SupportsFloat

import numpy as np
from jaxtyping import Float64, Int8, Int16

from xai_bench.data.lead_algebra import EIGHT, FoundLeads, broken_identity, find_leads
from xai_bench.data.normalise import (
    AMPLITUDE_MV,
    MAX_MILLIVOLT,
    Form,
    amplitude_mv,
    check_rate,
    origin,
)
from xai_bench.errors import DatasetError, RecordingError
from xai_bench.types import LEADS, Recordings, check_leads, to_microvolt

__all__ = ["recordings"]

_FOLDS = range(1, 11)
_ORDERS = {len(names): names for names in (LEADS, EIGHT)}
_LISTED = 20  # rows that a message names

_PLAIN_NAME = re.compile(r"(?![.-])[\w.-]{1,100}")

_FIXES = {
    "missing": "fill the gaps, or leave these recordings out",
    "large": "an ECG has 0.01 to 20 mV; of an array in microvolt give signal / 1000",
    "small": "an ECG has 0.01 to 20 mV; of an array in volt give signal * 1000",
    "offset": f"at most {MAX_MILLIVOLT:g} mV are kept; subtract the mean of each lead",
    "flat": "an electrode was off; leave these recordings out",
    "order": "",
}
"""What to do about each kind of flaw, in the order in which they are looked for."""
_ORDER_TAKEN = (
    f"its leads were taken to be {', '.join(LEADS)}; name their true order, leads=['I', ...]. "
    "Leads that were scaled one by one (z-scored) are no millivolt"
)
_ORDER_NAMED = (
    "leads= names them wrongly, or they were scaled one by one (z-scored) and are no millivolt"
)


def recordings(
    signal_mv: Any,
    *,
    rate_hz: SupportsFloat,
    leads: Iterable[str] | None = None,
    as_named: bool = False,
    labels: Any = None,
    patient_id: Any = None,
    record_id: Any = None,
    fold: Any = None,
    name: str | None = None,
) -> Recordings:
    """Recordings of your own, from an array (record, lead, time) in millivolt.

    signal_mv: NumPy or torch, real numbers; kept in whole microvolt, as recorders do.
    rate_hz: samples per second. leads: what the lead axis holds, in any order and case, of which
        others than the twelve are left out; I, II, III, aVR, aVL, aVF, V1 to V6 where nothing is
        said. I, II and V1 to V6 suffice: III = II - I, aVR = -(I + II)/2, aVL = I - II/2 and
        aVF = II - I/2 follow, which `origin` says.
    as_named: recordings have the leads that `leads` names, in its order, whatever these are:
        ["MLII", "V1"], for models that read them.
    labels: a list with the name of the class of each recording, or a collection of names; any
        text.
    patient_id: without it each recording counts as its own patient. record_id: row numbers
        where it is not given.
    fold: 1 to 10, as PTB-XL's; recordings without folds are all for testing.
    name: of the data set in leaderboards; without it "recordings-" and six digits of its content.

    Raises DatasetError for another shape, for samples that are missing, leads that are flat,
    amplitudes outside 0.01 to 20 mV (an array in microvolt), limb leads that contradict
    I + III = II or aVR + aVL + aVF = 0 (an array in another order: name its leads), or facts that
    do not fit the array.

    >>> recordings(signal_mv, rate_hz=500, labels=["NORM", "MI"], patient_id=["p1", "p2"])
    """
    if name is not None and not _PLAIN_NAME.fullmatch(name):
        raise DatasetError(f"name is {name!r}; it names a folder of results: letters, digits, -._")
    hz, names = float(rate_hz), None if leads is None else [str(lead) for lead in leads]
    try:
        check_rate(hz)
        own = _own_leads(names) if as_named else None
        found = None if names is None or own else find_leads(names)
    except RecordingError as error:
        raise DatasetError(f"{error}") from None
    array = _array(signal_mv, names)
    count, present, samples = array.shape
    rows = tuple(range(present))
    found = found or (FoundLeads(rows, own, own) if own else FoundLeads(rows, _ORDERS[present]))
    made = Recordings(
        name=name or "recordings",
        leads=found.wanted,
        microvolt=_microvolt(array, found, is_named=names is not None),
        rate_hz=hz,
        record_id=_ids("record_id", record_id, count),
        patient_id=_ids("patient_id", record_id if patient_id is None else patient_id, count),
        labels=None if labels is None else _labels(labels, count),
        fold=None if fold is None else _folds(fold, count),
        origin=origin(
            names,
            found,
            frames=samples,
            rate_hz=hz,
            units=["mV"],
            form=Form(rate_hz=hz, seconds=samples / hz),
        ),
    )
    if len(set(made.record_id)) < count:
        raise DatasetError("record_id has the same id more than once")
    return made if name else replace(made, name=f"recordings-{made.fingerprint()[:6]}")


def _own_leads(names: list[str] | None) -> tuple[str, ...]:
    """The leads of recordings that have no others. Raises DatasetError."""
    if names is None:
        raise DatasetError("as_named keeps the leads that leads= names; name them")
    try:
        return tuple(check_leads(names))
    except ValueError as error:
        raise DatasetError(f"leads= {error}") from None


def _array(signal: Any, leads: Sequence[str] | None) -> np.ndarray:
    """The signal as a NumPy array (record, lead, time). Raises DatasetError."""
    if hasattr(signal, "detach"):  # a tensor, perhaps on a GPU, perhaps with a gradient
        signal = signal.detach().cpu()
    try:
        array = np.asarray(signal)
    except Exception as error:  # of recordings of several lengths, or of a type NumPy lacks
        raise DatasetError(f"signal_mv is no array (record, lead, time): {error}") from None
    shape = f"signal_mv has shape {array.shape}"
    if array.dtype.kind not in "iuf":
        raise DatasetError(f"signal_mv holds {array.dtype}, and millivolt are real numbers")
    wanted = {len(leads)} if leads is not None else set(_ORDERS)
    if array.ndim == 2 and array.shape[0] in wanted:
        raise DatasetError(f"{shape}, one recording: give signal[None], (record, lead, time)")
    if array.ndim != 3 or 0 in array.shape:
        raise DatasetError(f"{shape}, and (record, lead, time) is wanted")
    if array.shape[1] not in wanted and array.shape[2] in wanted:
        raise DatasetError(
            f"{shape}, (record, time, lead): give it as (record, lead, time), "
            "signal.transpose(0, 2, 1)"
        )
    if array.shape[1] not in wanted and leads is not None:
        raise DatasetError(f"{shape}, and leads= names {len(leads)} leads")
    if array.shape[1] not in wanted:
        raise DatasetError(
            f"{shape}: (record, lead, time) of 12 leads is wanted, or of 8 (I, II, V1 to V6); "
            "name the leads of other arrays: leads=['I', 'II', ...]"
        )
    return array


def _microvolt(
    array: np.ndarray, leads: FoundLeads, *, is_named: bool
) -> Int16[np.ndarray, "record lead time"]:
    """The array in canonical form; one recording at a time, since it may be large."""
    made = np.empty((len(array), len(leads.wanted), array.shape[2]), dtype=np.int16)
    flaws: dict[str, list[tuple[int, str]]] = {}
    with np.errstate(over="ignore", invalid="ignore"):  # of numbers that are refused
        for row, signal in enumerate(array):
            millivolt = leads.whole(signal[list(leads.rows)].astype(np.float64))
            kind, found = _flaw(millivolt, leads.wanted)
            if kind:
                flaws.setdefault(kind, []).append((row, found))
            else:
                made[row] = to_microvolt(millivolt.astype(np.float32))
    for kind, fix in _FIXES.items():
        if kind in flaws:
            rows = [str(row) for row, _ in flaws[kind]]
            more = f" and {len(rows) - _LISTED} more" if len(rows) > _LISTED else ""
            wrong = _ORDER_NAMED if is_named else _ORDER_TAKEN
            raise DatasetError(
                f"signal_mv: of {len(array)} recordings {len(rows)} cannot be used "
                f"({', '.join(rows[:_LISTED])}{more}); the first {flaws[kind][0][1]}: "
                f"{fix or wrong}"
            )
    return made


def _flaw(millivolt: Float64[np.ndarray, "lead time"], leads: tuple[str, ...]) -> tuple[str, str]:
    """What kind of flaw a recording has, and what was found; two empty texts for none."""
    if not np.isfinite(millivolt).all():
        return "missing", "has missing (NaN or infinite) samples"
    peak = float(np.abs(millivolt).max())
    amplitude = amplitude_mv(millivolt)
    lowest, highest = AMPLITUDE_MV
    if amplitude > highest:
        return "large", f"has an amplitude of {amplitude:.4g} mV"
    if 0 < amplitude < lowest:
        return "small", f"has an amplitude of {amplitude:.4g} mV"
    if peak > MAX_MILLIVOLT:
        return "offset", f"reaches {peak:.4g} mV"
    microvolt = np.rint(millivolt * 1000)
    flat = microvolt.min(axis=1) == microvolt.max(axis=1)
    if flat.any():
        return "flat", f"is flat in lead {', '.join(np.array(leads)[flat])}"
    broken = broken_identity(millivolt) if leads == LEADS else ""
    return ("order", f"is no ECG of these leads, as {broken}") if broken else ("", "")


def _ids(what: str, given: Any, count: int) -> tuple[str, ...]:
    """Ids as text, row numbers where none are given. Raises DatasetError."""
    if given is None:
        return tuple(map(str, range(count)))
    values = _each(what, given, count)
    for value in values:
        if value is None or value != value or str(value) == "":  # NaN is not itself
            raise DatasetError(f"{what} lacks an id: {value!r}")
    # A table with a gap makes 15709 a 15709.0.
    return tuple(
        str(int(value) if isinstance(value, float) and value.is_integer() else value)
        for value in values
    )


def _labels(given: Any, count: int) -> tuple[frozenset[str], ...]:
    labels = []
    for label in _each("labels", given, count):
        names = [label] if isinstance(label, str) else label
        if not isinstance(names, Collection) or not all(isinstance(name, str) for name in names):
            raise DatasetError(
                f"labels has {label!r}, and the name of a class is wanted, or a collection of "
                "names: [classes[k] for k in numbers]"
            )
        labels.append(frozenset(map(str, names)))
    return tuple(labels)


def _folds(given: Any, count: int) -> Int8[np.ndarray, " record"]:
    folds = _each("fold", given, count)
    strange = [fold for fold in folds if fold not in _FOLDS]
    if strange:
        raise DatasetError(f"fold has {strange[0]!r}; folds are 1 to {_FOLDS[-1]}")
    return np.array(folds, dtype=np.int8)


def _each(what: str, given: Any, count: int) -> list[Any]:
    """What is given, one value a recording. Raises DatasetError."""
    if isinstance(given, str) or not hasattr(given, "__len__"):
        raise DatasetError(f"{what} is {given!r}, and a list is wanted, one a recording")
    if len(given) != count:
        raise DatasetError(f"{what} has {len(given)} entries for {count} recordings")
    return list(given.tolist() if hasattr(given, "tolist") else given)
