"""The embedded data set `synthetic-beats`: beats whose origin was planted, hence known."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple, final

import numpy as np
from jaxtyping import Float64, Int16

from xai_bench.data.beats.beat_cohort import (
    BEATS_OF_A_PATIENT,
    CLASSES,
    BeatCohort,
    draw_beat_cohort,
)
from xai_bench.data.beats.beat_form import BEAT_FORM, SECONDS_BEFORE, check_beat_form
from xai_bench.data.beats.beat_strip import RUN_IN, Strip, draw_strip
from xai_bench.data.beats.ectopic_hearts import hearts_of
from xai_bench.data.normalise import Form
from xai_bench.data.source import Index, Record, Source
from xai_bench.data.synthetic.cohort import Difficulty
from xai_bench.data.synthetic.heart import Heart
from xai_bench.data.synthetic.heartbeats import label, lay_out_kinds, qrs_courses, render
from xai_bench.data.synthetic.leads import LeadField
from xai_bench.data.synthetic.noise import draw_noise
from xai_bench.data.synthetic.patient import draw_patient
from xai_bench.data.synthetic.sampling import Sampling
from xai_bench.data.synthetic.synthetic_source import evidence
from xai_bench.errors import DatasetError
from xai_bench.randomness import seed_for
from xai_bench.types import to_microvolt

__all__ = ["SyntheticBeats"]

_VERSION = 1  # a change that moves any sample is another version
_LIMIT_MILLIVOLT = 10.0
_NOISE_SECONDS, _NOISE_BEFORE = 4.0, 1.5
"""Noise is drawn for longer than a beat, and cut: drift is below 1 Hz."""
_ONE, _TWO, _V1 = range(3)  # of the generator's leads I, II, V1 ...

Two = Float64[np.ndarray, "2 time"]


@final
class _Known(NamedTuple):
    """What is the same in all beats of a patient."""

    hearts: tuple[Heart, ...]
    """By kind of beat."""
    field: LeadField
    strip: Strip
    mlii: tuple[float, float]
    """How much of I and of II is in MLII."""
    peaks: list[float]
    """Seconds from the onset of QRS to its peak in MLII, by kind of beat."""


@final
class SyntheticBeats(Source):
    """Beats of invented patients in leads MLII and V1, made as they are read; no data is needed.

    Each is a window of `BEAT_FORM` around the peak of QRS in MLII, out of a row of beats of which
    some come from an atrium (S), from a ventricle (V), or from a ventricle and the sinus node at
    once (F). Its healthy twin is what the sinus node would have made there: its own beat, when it
    would have beaten, so that the distance to the beats around it differs too; with the same torso,
    breath and noise. Evidence is where the two differ by more than 0.1 mV before noise; a beat of
    the sinus node is its own twin. Waves are those of the beat as it is.

    MLII, of electrodes on the torso, is near to II: 0.95 to 1.15 II and up to a fifth of I.
    Not for clinical conclusions, as `SyntheticSource`; an ectopic beat comes from one focus in each
    patient, and no two follow each other.
    """

    name = "synthetic-beats"
    leads = ("MLII", "V1")
    has_evidence = True

    def __init__(
        self,
        *,
        rate_hz: float = BEAT_FORM.rate_hz,
        seconds: float = BEAT_FORM.seconds,
        seed: int = 0,
        patients: int = 1000,
    ) -> None:
        """`patients` of BEATS_OF_A_PATIENT beats; a smaller source begins a larger one.

        Raises DatasetError when such recordings cannot be made.
        """
        check_beat_form(self.name, Form(rate_hz=rate_hz, seconds=seconds))
        if not 50 <= rate_hz < float("inf") or patients < 1:
            raise DatasetError(
                f"{self.name}: rate_hz={rate_hz} and patients={patients} were asked for; use a "
                "finite rate from 50 Hz on, and 1 or more"
            )
        self.rate_hz = float(rate_hz)
        self.samples = round(rate_hz * seconds)
        self._seed = seed
        self._patients = patients
        self._known: dict[int, _Known] = {}

    @cached_property
    def index(self) -> Index:
        cohort, each = self._cohort, BEATS_OF_A_PATIENT
        return Index(
            record_id=tuple(f"{row + 1:05d}" for row in range(self._patients * each)),
            patient_id=tuple(name for name in cohort.patient_id for _ in range(each)),
            labels=tuple(frozenset({CLASSES[kind]}) for kind in cohort.kind.ravel().tolist()),
            fold=np.repeat(cohort.fold, each),
        )

    def fingerprint(self) -> str:
        """sha256 over the version of the generator and its parameters."""
        parameters = (self.name, _VERSION, self.rate_hz, self.samples, self._seed, self._patients)
        return hashlib.sha256(repr(parameters).encode()).hexdigest()

    def read(self, row: int) -> Record:
        """The beat, its healthy twin, evidence and waves; the same bits in any order."""
        place, beat = divmod(row, BEATS_OF_A_PATIENT)
        record_id = self.index.record_id[row]
        if place not in self._known:
            self._known[place] = self._meet(place)
        hearts, field, strip, mlii, peaks = self._known[place]
        sampling = Sampling(rate_hz=self.rate_hz, samples=self.samples)

        at = beat + RUN_IN
        kinds, rhythm = strip.around(at, SECONDS_BEFORE - peaks[strip.kind[at]])
        beats = lay_out_kinds(hearts, kinds, field, rhythm)
        made = healthy = _two(render(beats, sampling), mlii)
        if strip.kind[at]:
            kinds, usual = strip.around(at, SECONDS_BEFORE - peaks[0], sinus=True)
            twin = lay_out_kinds(hearts, kinds, field, usual)
            healthy = _two(render(twin, sampling), mlii)

        longer = replace(
            rhythm,
            breath_phase=rhythm.breath_phase - 2 * np.pi * rhythm.breath_hz * _NOISE_BEFORE,
        )
        first = round(_NOISE_BEFORE * self.rate_hz)
        whole = Sampling(rate_hz=self.rate_hz, samples=round(_NOISE_SECONDS * self.rate_hz))
        noise = draw_noise(self._generator(record_id, "noise"), longer, whole)
        noise_of_two = _two(noise[:, first : first + self.samples], mlii)
        return Record(
            microvolt=_quantised(made + noise_of_two),
            healthy=_quantised(healthy + noise_of_two),
            evidence=evidence(made - healthy),
            waves=label(beats, sampling),
        )

    def _meet(self, place: int) -> _Known:
        """A patient, who is the same in every beat."""
        cohort = self._cohort
        patient_id, age = cohort.patient_id[place], float(cohort.age[place])
        patient = draw_patient(
            self._generator(patient_id, "patient"),
            age=age,
            male=bool(cohort.male[place]),
            difficulty=Difficulty(),
        )
        hearts = hearts_of(patient.heart, self._generator(patient_id, "ectopy"))
        strip = draw_strip(
            self._generator(patient_id, "strip"),
            cohort.kind[place],
            heart_rate=float(cohort.heart_rate[place]),
            age=age,
        )
        mlii = _mlii(self._generator(patient_id, "electrodes"))
        peaks = _peaks(hearts, patient.field, strip, mlii)
        return _Known(hearts, patient.field, strip, mlii, peaks)

    @cached_property
    def _cohort(self) -> BeatCohort:
        return draw_beat_cohort(self._seed, self._patients)

    def _generator(self, identity: str, purpose: str) -> np.random.Generator:
        return np.random.default_rng(seed_for(self._seed, f"beat {identity}", purpose))


def _mlii(rng: np.random.Generator) -> tuple[float, float]:
    """How much of I and of II is in a patient's MLII."""
    return float(rng.uniform(-0.2, 0.2)), float(rng.uniform(0.95, 1.15))


def _two(eight: Float64[np.ndarray, "8 time"], mlii: tuple[float, float]) -> Two:
    """MLII and V1 from leads I, II, V1..V6."""
    return np.stack([mlii[0] * eight[_ONE] + mlii[1] * eight[_TWO], eight[_V1]])


def _peaks(
    hearts: tuple[Heart, ...], field: LeadField, strip: Strip, mlii: tuple[float, float]
) -> list[float]:
    """Seconds from the onset of QRS to its peak in MLII, where an expert marks R, by kind."""
    _, rhythm = strip.around(RUN_IN, 0.0)
    kinds = np.arange(len(hearts), dtype=np.int8)
    beats = lay_out_kinds(
        hearts,
        kinds,
        field,
        replace(
            rhythm,
            r_time=rhythm.r_time[: len(kinds)],
            rr_interval=rhythm.rr_interval[: len(kinds)],
            ventricular=rhythm.ventricular[: len(kinds)],
            gain=rhythm.gain[: len(kinds)],
        ),
    )
    after = np.tile(np.arange(0.0, 0.2, 0.001), (len(kinds), 1))
    qrs = beats.qrs_peak @ qrs_courses(beats, after, Sampling(rate_hz=1000.0, samples=1))
    seen = mlii[0] * qrs[:, _ONE] + mlii[1] * qrs[:, _TWO]
    return [float(time) for time in after[0][np.abs(seen).argmax(axis=1)]]


def _quantised(millivolt: Two) -> Int16[np.ndarray, "2 time"]:
    clipped = np.clip(millivolt, -_LIMIT_MILLIVOLT, _LIMIT_MILLIVOLT)
    return to_microvolt(clipped.astype(np.float32))
