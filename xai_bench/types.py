"""The nouns that travel between rooms: recordings, a batch, its attributions."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Bool, Float32, Int8, Int16, Int64

from xai_bench.errors import InputError, LeadsError
from xai_bench.stored_rows import StoredRows, remembered

__all__ = ["BASELINES", "CONTROLS", "LEADS", "NOT_FINITE", "OF_LEADS", "RESIDUAL_TOLERANCE"]
__all__ += ["WAVES", "ZERO"]
__all__ += [
    "Attributions",
    "Progress",
    "Recordings",
    "check_leads",
    "check_recordings",
    "flaw",
    "incomplete",
    "is_control",
    "lead_places",
    "silent",
    "to_microvolt",
]

LEADS = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
"""The twelve in canonical order: the lead axis of every recording and model that says nothing
else of its `leads`."""

WAVES = ("none", "P", "PR", "QRS", "ST", "T", "TP")
"""Names of the wave labels: `waves == WAVES.index("QRS")`."""

RESIDUAL_TOLERANCE = 0.05
"""An attribution that misses the sum it promises by more than this is not scored."""

_MOST_LEADS = 256

NOT_FINITE = "the log-odds are not finite"
"""Of a recording for which the model gives nan or inf: whatever is said of it explains nothing."""

CONTROLS = ("oracle", "oracle-twin", "amplitude", "slope", "qrs-envelope", "random", "truth")
"""Methods that calibrate metrics and do not compete, in the order in which tables show them."""

ZERO = "zero"
BASELINES = (ZERO, "median-beat", "typical-beat", "white-noise", "twin")
"""What takes the place of removed samples; METRIC@BASELINE and METHOD@BASELINE have another than
zero. See `methods.baseline_recordings`."""

Progress = Callable[[str, int, int], None]
"""Called with what is being done, the steps done and the steps in all."""

Signal = Float32[np.ndarray, "record lead time"]
Microvolt = Int16[np.ndarray, "record lead time"] | Int16[StoredRows, "record lead time"]
Evidence = Bool[np.ndarray, "record lead time"] | Bool[StoredRows, "record lead time"]
Waves = Int8[np.ndarray, "record time"] | Int8[StoredRows, "record time"]

OF_LEADS = ("microvolt", "healthy", "evidence")
"""Fields with an entry a lead."""

_OF_RECORDINGS = (
    *("microvolt", "record_id", "patient_id", "labels", "fold", "age", "sex"),
    *("healthy", "evidence", "waves"),
)
"""Fields with an entry a recording."""


def silent(description: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


def is_control(method: str) -> bool:
    """Whether it calibrates metrics; one that is made of a method has its name before an @.

    A method with another baseline has that after the @, and competes.
    """
    made = method.partition("@")[2]
    return method in CONTROLS or (bool(made) and made not in BASELINES)


def incomplete(residual: float) -> str:
    """Why an attribution with this completeness residual must not be scored, or ""."""
    if residual > RESIDUAL_TOLERANCE:
        return f"completeness residual {residual:.3g} > {RESIDUAL_TOLERANCE}"
    return ""


def flaw(log_odds: float, residual: float) -> str:
    """Why an attribution of this m(z), with this completeness residual, must not be scored, or
    ""."""
    return incomplete(residual) if math.isfinite(log_odds) else NOT_FINITE


def check_leads(names: list[str]) -> list[str]:
    """The names of leads, if they can be that. Raises ValueError."""
    if not 1 <= len(names) <= _MOST_LEADS:
        raise ValueError(f"{len(names)} leads are named, not 1 to {_MOST_LEADS}")
    strange = [name for name in names if not name.strip() or not name.isprintable()]
    if strange:
        raise ValueError(f"{strange[0]!r} is no name of a lead")
    if len({name.casefold() for name in names}) < len(names):
        raise ValueError(f"{', '.join(names)}: a lead is named more than once")
    return names


def lead_places(
    wanted: Sequence[str], there: Sequence[str], *, who: str = "", data: str = ""
) -> list[int]:
    """Where the wanted leads are among those of recordings, by name without regard to case.

    who, data: what the error says of who asks and of the data set. Raises LeadsError.
    """
    place = {lead.casefold(): row for row, lead in enumerate(there)}
    if not {lead.casefold() for lead in wanted} <= set(place):
        raise LeadsError(who or "asked for are the leads", wanted, data, there)
    return [place[lead.casefold()] for lead in wanted]


def to_microvolt(
    millivolt: Float32[np.ndarray, "*axes"],
) -> Int16[np.ndarray, "*axes"]:
    """Round to the 1 µV grid of clinical recorders (and of PTB-XL)."""
    rounded: Int16[np.ndarray, "*axes"] = np.rint(millivolt * 1000).astype(np.int16)
    return rounded


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Recordings:
    """Recordings of one rate, length and set of leads, with what is known about them.

    Samples are integers in microvolt. Those that were loaded stay in a file, and are read where
    they are used (`StoredRows`): take `signal` and `difference`, float32 millivolt in memory, of a
    few recordings at a time. `recordings[2:5]` or `recordings[[0, 7]]` is a smaller Recordings,
    which reads nothing yet.
    """

    name: str
    """The dataset, as it is called on the command line and in a leaderboard."""
    microvolt: Microvolt
    leads: tuple[str, ...] = LEADS
    """What the lead axis holds: the twelve, but for recordings of other leads, such as beats."""
    rate_hz: float
    record_id: tuple[str, ...]
    patient_id: tuple[str, ...]
    labels: tuple[frozenset[str], ...] | None = None
    """Of each recording: diagnostic superclasses (NORM, MI, STTC, CD, HYP), or the classes of
    the task that it was loaded for."""
    fold: Int8[np.ndarray, " record"] | None = None
    age: Float32[np.ndarray, " record"] | None = None
    """Years; NaN where it is not known."""
    sex: tuple[str, ...] | None = None
    """"male", "female", or "" where it is not known."""
    healthy: Microvolt | None = None
    """Each recording's healthy twin in microvolt: the same patient, beats and noise without what
    was planted; known for synthetic and planted recordings only."""
    evidence: Evidence | None = None
    """Where a recording differs from its twin by more than 0.1 mV; `difference` has the rest."""
    waves: Waves | None = None
    """Index into WAVES for every sample; known for synthetic and planted recordings only."""
    origin: str = ""
    """Of a recording that was loaded alone, or of an array: what was read, and what was done to
    it."""
    left_out: tuple[str, ...] = ()
    """One line for each recording that was asked for and could not be used, with the reason."""
    remarks: tuple[str, ...] = ()
    """Where labels come from and what was chosen, where a reader of results should know it."""

    def __post_init__(self) -> None:
        known = {name: getattr(self, name) for name in _OF_RECORDINGS}
        lengths = {name: len(value) for name, value in known.items() if value is not None}
        if len(set(lengths.values())) != 1:
            raise ValueError(f"Recordings of different lengths: {lengths}")
        if self.microvolt.shape[1] != len(self.leads):
            found = self.microvolt.shape[1]
            raise ValueError(f"Recordings have {found} leads, not {len(self.leads)}")

    def __len__(self) -> int:
        return len(self.record_id)

    def __repr__(self) -> str:
        return (
            f"Recordings({self.name!r}: {len(self)} of {self.seconds:g} s at {self.rate_hz:g} Hz)"
        )

    def __getitem__(self, index: slice | Sequence[int] | np.ndarray) -> Recordings:
        if isinstance(index, np.ndarray):
            index = (np.flatnonzero(index) if index.dtype == bool else index).tolist()
        rows = range(len(self))[index] if isinstance(index, slice) else index
        pick = index if isinstance(index, slice) else list(index)
        fewer: dict[str, Any] = {}
        for name in _OF_RECORDINGS:
            values = getattr(self, name)
            if isinstance(values, tuple):
                fewer[name] = tuple(values[row] for row in rows)
            elif values is not None:
                fewer[name] = values[pick]
        return replace(self, **fewer)

    def of_leads(self, leads: Sequence[str], who: str = "") -> Recordings:
        """The same recordings with these leads alone, in this order; in memory, where they are
        not those that are there.

        who: begins the error, see `lead_places`. Raises LeadsError.
        """
        if tuple(leads) == self.leads:
            return self
        places = lead_places(leads, self.leads, who=who, data=self.name)
        fewer: dict[str, Any] = {
            name: np.asarray(values)[:, places]
            for name in OF_LEADS
            if (values := getattr(self, name)) is not None
        }
        return replace(self, leads=tuple(leads), **fewer)

    @property
    def signal(self) -> Signal:
        """The recordings in millivolt, float32 (record, lead, time)."""
        signal = np.array(self.microvolt, dtype=np.float32)
        signal /= np.float32(1000)
        return signal

    @property
    def difference(self) -> Signal | None:
        """Recording minus healthy twin, signed millivolt (noise cancels); None without twins.

        A mask at any threshold is `abs(recordings.difference) > threshold`.
        """
        if self.healthy is None:
            return None
        difference = np.array(self.microvolt, dtype=np.float32)
        for row, healthy in zip(difference, self.healthy, strict=True):
            row -= healthy
        difference /= np.float32(1000)
        return difference

    @property
    def seconds(self) -> float:
        return float(self.microvolt.shape[2] / self.rate_hz)

    def fingerprint(self) -> str:
        """sha256 over what a score depends on: ids, labels, samples, evidence, waves, in order."""
        return self._fingerprint

    @cached_property
    def _fingerprint(self) -> str:
        labels = None if self.labels is None else [sorted(one) for one in self.labels]
        about = repr((self.rate_hz, self.record_id, self.patient_id, labels)).encode()
        about += self._named_leads
        samples = (self.microvolt, self.healthy, self.evidence, self.waves)
        return remembered(samples, about, self._digest)

    @property
    def _named_leads(self) -> bytes:
        """What a fingerprint says of leads: nothing of the twelve, as before there were others."""
        return b"" if self.leads == LEADS else repr(self.leads).encode()

    def _digest(self) -> str:
        digest = hashlib.sha256(f"{self.microvolt.shape}{self.rate_hz}".encode())
        digest.update(self._named_leads)
        for i, record_id in enumerate(self.record_id):
            digest.update(f"\n{record_id}\t{self.patient_id[i]}".encode())
            if self.labels is not None:
                digest.update(",".join(sorted(self.labels[i])).encode())
            digest.update(np.ascontiguousarray(self.microvolt[i]).tobytes())
            if self.healthy is not None:
                digest.update(np.ascontiguousarray(self.healthy[i]).tobytes())
            if self.evidence is not None:
                digest.update(np.packbits(self.evidence[i]).tobytes())
            if self.waves is not None:
                digest.update(np.ascontiguousarray(self.waves[i]).tobytes())
        return digest.hexdigest()


def check_recordings(given: object, *other_kinds: type) -> None:
    """Raises InputError for what is no Recordings, and of none of the other kinds."""
    if not isinstance(given, (Recordings, *other_kinds)):
        raise InputError(
            f"{type(given).__name__} is no recordings; make them of an array: "
            "xb.recordings(signal_mv, rate_hz=...)"
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Attributions:
    """What one method says about one model on some recordings."""

    model: str
    method: str
    values: Float32[np.ndarray, "record lead time"]
    """Signed; positive speaks for the target. In log-odds where the method is additive."""
    target: Int64[np.ndarray, " record"]
    """The explained class of each recording."""
    log_odds: Float32[np.ndarray, " record"]
    """Log-odds of that class."""
    residual: Float32[np.ndarray, " record"]
    """|sum of a - what it must sum to| / max(|what it must sum to|, sum of |a| / 100, |m(z)| /
    1000), for each attribution a; NaN where the method promises no sum.

    Relative to the sum that is promised, however small that is, so that no unit of the log-odds
    hides a wrong map. Where a promise is small because positive and negative parts cancel, a
    hundredth of all that the map holds takes its place: rounding in float32 is a few millionths of
    that. It takes a thousandth of m(z) where the map itself is nearly zero.
    """

    def __repr__(self) -> str:
        return f"Attributions({self.method!r} of {self.model!r}: {self.values.shape})"

    def invalid(self, row: int) -> str | None:
        """Why this row must not be scored, or None."""
        return flaw(float(self.log_odds[row]), float(self.residual[row])) or None
