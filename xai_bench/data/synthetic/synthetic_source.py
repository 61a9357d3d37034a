"""The source: one recording at a time, each from its own generators, with its healthy twin."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np
from jaxtyping import Bool, Float64

from xai_bench.data.source import Index, Record, Source
from xai_bench.data.synthetic.arrhythmia import draw_fibrillation, ventricular
from xai_bench.data.synthetic.cohort import Cohort, Difficulty, draw_cohort
from xai_bench.data.synthetic.heart import Heart
from xai_bench.data.synthetic.heartbeats import Beats, label, lay_out, render
from xai_bench.data.synthetic.leads import quantised, twelve
from xai_bench.data.synthetic.noise import draw_noise
from xai_bench.data.synthetic.pathology import draw_severity, plant
from xai_bench.data.synthetic.patient import Patient, draw_patient
from xai_bench.data.synthetic.rhythm import Rhythm, draw_rhythm
from xai_bench.data.synthetic.sampling import Sampling, check_asked
from xai_bench.randomness import seed_for

__all__ = ["EVIDENCE_MILLIVOLT", "Making", "SyntheticSource", "evidence"]

EVIDENCE_MILLIVOLT = 0.1
"""One millimetre on ECG paper: the smallest deviation a reader calls."""


def evidence(
    difference: Float64[np.ndarray, "lead time"], threshold: float = EVIDENCE_MILLIVOLT
) -> Bool[np.ndarray, "lead time"]:
    """Samples at which |recording - twin| exceeds `threshold`; both in millivolt, before noise.

    Lead by lead, so that a lead that the disease does not reach has no evidence. Thresholds are in
    millivolt and not relative to the recording: after z-scoring half of all samples differ.
    """
    return np.asarray(np.abs(difference) > threshold)


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Making:
    """What a recording is made of, but for noise."""

    patient: Patient
    rhythm: Rhythm
    premature: Heart
    """Of premature beats from a ventricle, healthy as the patient's own."""
    heart: Heart
    """With what is planted."""

    def beats(self, heart: Heart) -> Beats:
        """Those of `heart` in this patient and rhythm."""
        return lay_out(heart, self.premature, self.patient.field, self.rhythm)


_VERSION = 2  # a change that moves any sample is another version


@final
class SyntheticSource(Source):
    """Recordings of an invented cohort, made as they are read; no data is needed.

    Each is the sum of a heart, seen through its torso, and of noise. Its healthy twin is the
    same heart, torso, rhythm and noise without the disease; evidence is where the two differ
    by more than `EVIDENCE_MILLIVOLT` before noise. Not for clinical conclusions: amplitudes
    were tuned by hand, and what a severity means was invented.
    """

    name = "synthetic"
    has_evidence = True

    def __init__(
        self,
        *,
        rate_hz: float = 100.0,
        seconds: float = 10.0,
        seed: int = 0,
        size: int = 10_000,
        difficulty: float = 0.5,
    ) -> None:
        """`size` recordings of `seconds` at `rate_hz`; a smaller source begins a larger one.

        difficulty: 0 to 1, see `Difficulty`.

        Raises DatasetError when such recordings cannot be made.
        """
        check_asked(
            self.name,
            ("rate_hz", rate_hz, 50),
            ("seconds", seconds, 1),
            ("size", size, 1),
        )
        self.rate_hz = float(rate_hz)
        self.samples = round(rate_hz * seconds)
        self._seed = seed
        self._size = size
        self._difficulty = Difficulty(dial=difficulty)

    @property
    def index(self) -> Index:
        cohort = self._cohort
        return Index(
            record_id=cohort.record_id,
            patient_id=cohort.patient_id,
            labels=cohort.labels,
            fold=cohort.fold,
        )

    def fingerprint(self) -> str:
        """sha256 over the version of the generator and its parameters."""
        parameters = (
            *(self.name, _VERSION, self.rate_hz, self.samples),
            *(self._seed, self._size, self._difficulty.dial),
        )
        return hashlib.sha256(repr(parameters).encode()).hexdigest()

    @property
    def statements(self) -> tuple[tuple[str, ...], ...]:
        """SCP codes of each recording, as PTB-XL writes them: findings, then rhythm."""
        return self._cohort.statements

    def read(self, row: int) -> Record:
        """The recording, its healthy twin, evidence and waves; the same bits in any order."""
        sampling, made = self.sampling, self.making(row)
        record_id, rhythm, field = self._cohort.record_id[row], made.rhythm, made.patient.field
        noise = draw_noise(self._generator(record_id, "noise"), rhythm, sampling)
        if rhythm.fibrillating:
            # The twin fibrillates too: a rhythm is no finding of the superclasses.
            rng = self._generator(record_id, "fibrillation")
            noise += draw_fibrillation(rng, field, sampling)

        healthy_beats = made.beats(made.patient.heart)
        healthy = sick = render(healthy_beats, sampling)
        sick_beats = healthy_beats
        if self._cohort.planted[row]:
            sick_beats = made.beats(made.heart)
            sick = render(sick_beats, sampling)
        return Record(
            microvolt=quantised(sick + noise),
            healthy=quantised(healthy + noise),
            evidence=evidence(twelve(sick - healthy)),
            waves=label(sick_beats, sampling),
        )

    @property
    def sampling(self) -> Sampling:
        return Sampling(rate_hz=self.rate_hz, samples=self.samples)

    def planted(self, row: int) -> tuple[str, ...]:
        """Names in `cohort.FINDINGS` of what is in the recording: the truth."""
        return self._cohort.planted[row]

    def making(self, row: int) -> Making:
        """What the recording in row `row` is made of, but for noise."""
        cohort = self._cohort
        record_id, patient_id = cohort.record_id[row], cohort.patient_id[row]
        age = float(cohort.age[row])
        patient = draw_patient(
            self._generator(patient_id, "patient"),
            age=age,
            male=bool(cohort.male[row]),
            difficulty=self._difficulty,
        )
        rhythm = draw_rhythm(
            self._generator(record_id, "rhythm"),
            heart_rate=float(cohort.heart_rate[row]),
            age=age,
            seconds=self.sampling.seconds,
            kind=cohort.rhythm[row],
        )
        premature = patient.heart
        if rhythm.ventricular.any():
            premature = ventricular(patient.heart, self._generator(patient_id, "ectopy"))
        heart = patient.heart
        for finding in cohort.planted[row]:
            rng = self._generator(record_id, finding)
            severity = draw_severity(rng, self._difficulty.mildest)
            heart = plant(heart, finding, severity, rng)
        return Making(patient=patient, rhythm=rhythm, premature=premature, heart=heart)

    @cached_property
    def _cohort(self) -> Cohort:
        return draw_cohort(self._seed, self._size, self._difficulty)

    def _generator(self, identity: str, purpose: str) -> np.random.Generator:
        return np.random.default_rng(seed_for(self._seed, identity, purpose))
