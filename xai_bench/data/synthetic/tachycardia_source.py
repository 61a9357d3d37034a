"""The source of wide-complex tachycardias: VT, and SVT with aberrancy, with what differs."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import cached_property
from typing import final

import numpy as np
from jaxtyping import Int8

from xai_bench.data.source import Index, Record, Source
from xai_bench.data.synthetic.arrhythmia import draw_fibrillation, from_focus
from xai_bench.data.synthetic.cohort import Difficulty
from xai_bench.data.synthetic.heart import Heart
from xai_bench.data.synthetic.heartbeats import R_PEAK, Beats, label, lay_out_kinds, render
from xai_bench.data.synthetic.leads import quantised, twelve
from xai_bench.data.synthetic.noise import draw_noise
from xai_bench.data.synthetic.pathology import plant
from xai_bench.data.synthetic.patient import Patient, draw_patient
from xai_bench.data.synthetic.rhythm import Rhythm
from xai_bench.data.synthetic.sampling import Sampling, check_asked
from xai_bench.data.synthetic.synthetic_source import evidence
from xai_bench.data.synthetic.tachycardia_cohort import (
    FOCI,
    REENTRY,
    Tachycardias,
    draw_tachycardias,
)
from xai_bench.data.synthetic.tachycardia_rhythm import (
    USUAL,
    TachycardiaRhythm,
    conducted,
    draw_ventricular,
    from_above,
)
from xai_bench.randomness import seed_for
from xai_bench.types import WAVES

__all__ = ["TachycardiaSource"]

_VERSION = 1  # a change that moves any sample is another version
_USUAL_RR = 0.40  # seconds; `lay_out_kinds` shortens QT no further, and these hearts are faster
_FOCAL_FORCE = 0.8  # of a beat whose forces all run one way; by hand, for 1 to 4 mV in chest leads
_P_DURATION = 0.095  # seconds at these rates
_BACKWARDS = np.array([0.3, -1.0, 0.6])
"""An atrium that is reached from the AV node: from below, and so away from the feet."""


@final
class TachycardiaSource(Source):
    """Recordings of invented patients in a tachycardia with wide QRS; no data is needed.

    VT: beats from a focus in the ventricles, of which the atria know nothing or which run back to
    them; now and then a sinus beat captures the ventricles, or fuses. SVT: beats from above, whose
    P comes before, within or after QRS or is lost in fibrillation, and which find a bundle branch
    blocked. Half of the patients, of VT as of SVT, have had an infarct or have hypertrophy or a
    flat T besides. In one VT of eight QRS is that of an aberrancy (`REENTRY`), and where such beats
    also run back to the atria nothing tells it from SVT. Sizes as in `SyntheticSource`; not for
    clinical conclusions.

    The twin of a VT is no healthy recording, which would have other beats at other times. It is
    what the class is asked against: the same patient with a beat at each of the same moments, but
    each from above and conducted with the patient's own aberrancy, and the same noise. Evidence is
    where the two differ by more than `EVIDENCE_MILLIVOLT` before noise: what makes it VT and not
    SVT, mostly the shape of QRS and T. Another aberrancy would be another twin. That of an SVT is
    itself, and it has no evidence: it is the class against which the other is planted.
    """

    name = "synthetic-tachycardia"
    has_evidence = True

    def __init__(
        self,
        *,
        rate_hz: float = 100.0,
        seconds: float = 10.0,
        seed: int = 0,
        patients: int = 1500,
        each: int = 2,
    ) -> None:
        """`each` recordings of `seconds` at `rate_hz` of `patients`; fewer begin more.

        Raises DatasetError when such recordings cannot be made.
        """
        check_asked(
            self.name,
            ("rate_hz", rate_hz, 50),
            ("seconds", seconds, 1),
            ("patients", patients, 1),
            ("each", each, 1),
        )
        self.rate_hz = float(rate_hz)
        self.samples = round(rate_hz * seconds)
        self._seed, self._patients, self._each = seed, patients, each

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
            *(self._seed, self._patients, self._each),
        )
        return hashlib.sha256(repr(parameters).encode()).hexdigest()

    def read(self, row: int) -> Record:
        """The recording, its twin, evidence and waves; the same bits in any order."""
        cohort, sampling = self._cohort, Sampling(rate_hz=self.rate_hz, samples=self.samples)
        record_id, patient_id = cohort.record_id[row], cohort.patient_id[row]
        patient = draw_patient(
            self._generator(patient_id, "patient"),
            age=float(cohort.age[row]),
            male=bool(cohort.male[row]),
            difficulty=Difficulty(),
        )
        patient = replace(patient, heart=self._diseased(patient.heart, row))
        blocked = self._blocked(patient.heart, row)
        mechanism = cohort.mechanism[row]
        of_rhythm, rate = self._generator(record_id, "rhythm"), float(cohort.rate[row])
        if not cohort.ventricular[row]:
            rhythm = from_above(of_rhythm, rate=rate, seconds=sampling.seconds, mechanism=mechanism)
            beats = _ventricles((blocked,), rhythm.kind, patient, rhythm.beats)
            made = twin = render(beats, sampling) + _atria(
                patient, rhythm.p_onset, sampling, backwards=mechanism != "AT"
            )
        else:
            rhythm = draw_ventricular(
                of_rhythm,
                rate=rate,
                seconds=sampling.seconds,
                dissociated=bool(cohort.dissociated[row]),
                pr_interval=patient.heart.pr_interval,
            )
            focal = self._focal(patient.heart, blocked, row)
            hearts = (focal, patient.heart, _fused(focal, patient.heart))
            beats = _ventricles(hearts, rhythm.kind, patient, rhythm.beats)
            backwards = not cohort.dissociated[row]
            made = render(beats, sampling) + _atria(
                patient, rhythm.p_onset, sampling, backwards=backwards
            )
            above = np.full_like(rhythm.kind, USUAL)
            of_twin = self._generator(record_id, "twin")
            twin = render(_ventricles((blocked,), above, patient, rhythm.beats), sampling) + _atria(
                patient,
                conducted(of_twin, rhythm.beats, mechanism),
                sampling,
                backwards=mechanism != "AT",
            )
        noise = draw_noise(self._generator(record_id, "noise"), rhythm.beats, sampling)
        if rhythm.beats.fibrillating:
            of_atria = self._generator(record_id, "fibrillation")
            noise += draw_fibrillation(of_atria, patient.field, sampling)
        return Record(
            microvolt=quantised(made + noise),
            healthy=quantised(twin + noise),
            evidence=evidence(twelve(made - twin)),
            waves=_label(beats, rhythm, sampling),
        )

    def _diseased(self, heart: Heart, row: int) -> Heart:
        """The patient's heart in sinus rhythm."""
        if not self._cohort.disease[row]:
            return heart
        rng = self._generator(self._cohort.patient_id[row], "disease")
        return plant(heart, self._cohort.disease[row], float(rng.uniform(0.3, 1.0)), rng)

    def _focal(self, heart: Heart, blocked: Heart, row: int) -> Heart:
        """The patient's beats from the ventricles."""
        if self._cohort.focus[row] == REENTRY:
            return blocked
        rng = self._generator(self._cohort.patient_id[row], "focus")
        (along, radius, angle), speed = FOCI[self._cohort.focus[row]]
        focus = (along + rng.normal(0.0, 0.4), radius, angle + rng.normal(0.0, 12.0))
        beat = from_focus(heart, focus, speed * float(np.exp(rng.normal(0.0, 0.15))))
        beat.force *= _FOCAL_FORCE
        return beat

    def _blocked(self, heart: Heart, row: int) -> Heart:
        """The patient's beats from above, at a rate that a bundle does not follow."""
        rng = self._generator(self._cohort.patient_id[row], "aberrancy")
        for finding in self._cohort.block[row].split(" and "):
            heart = plant(heart, finding, float(rng.uniform(0.8, 1.0)), rng)
        # How slow the muscle is differs between patients, and drugs slow it.
        slowed = float(np.exp(rng.normal(0.05, 0.12)))
        heart.activation *= slowed
        heart.width *= slowed
        return heart

    @cached_property
    def _cohort(self) -> Tachycardias:
        return draw_tachycardias(self._seed, self._patients, self._each)

    def _generator(self, identity: str, purpose: str) -> np.random.Generator:
        return np.random.default_rng(seed_for(self._seed, identity, f"tachycardia {purpose}"))


def _fused(focal: Heart, sinus: Heart) -> Heart:
    """Two fronts that set out together: each source is activated by the one that comes first."""
    heart = focal.copy()
    first = sinus.activation < focal.activation
    heart.activation = np.where(first, sinus.activation, focal.activation)
    heart.width = np.where(first, sinus.width, focal.width)
    heart.force = np.where(first[:, None], sinus.force, focal.force)
    heart.secondary = (sinus.secondary + focal.secondary) / 2
    heart.qt_interval = (sinus.qt_interval + focal.qt_interval) / 2
    return heart


def _ventricles(
    hearts: tuple[Heart, ...],
    kind: Int8[np.ndarray, " beat"],
    patient: Patient,
    rhythm: Rhythm,
) -> Beats:
    """Beats without P, which `_atria` adds; QT goes on to shorten with the interval."""
    shorter = 0.154 * max(_USUAL_RR - float(np.median(rhythm.rr_interval)), 0.0)
    own = []
    for heart in hearts:
        one = heart.copy()
        one.atria[:] = 0.0
        one.p_duration = one.pr_interval = 0.0
        one.qt_interval -= shorter
        own.append(one)
    return lay_out_kinds(own, kind, patient.field, rhythm)


def _atria(
    patient: Patient,
    p_onset: np.ndarray,
    sampling: Sampling,
    *,
    backwards: bool,
) -> np.ndarray:
    """P waves in leads I, II, V1..V6, millivolt."""
    if not len(p_onset):
        return np.zeros((8, sampling.samples))
    heart = patient.heart.copy()
    for part in (heart.force, heart.injury, heart.recovery, heart.secondary, heart.u_wave):
        part[:] = 0.0
    heart.p_duration, heart.pr_interval = _P_DURATION, 0.0
    if backwards:
        heart.atria *= _BACKWARDS
    waves = len(p_onset)
    rhythm = Rhythm(
        r_time=p_onset + R_PEAK,
        rr_interval=np.full(waves, _USUAL_RR),
        ventricular=np.zeros(waves, dtype=bool),
        fibrillating=False,
        gain=np.ones((waves, 2)),
        breath_depth=0.0,
        breath_hz=0.3,
        breath_phase=0.0,
    )
    kind = np.zeros(waves, dtype=np.int8)
    return render(lay_out_kinds((heart,), kind, patient.field, rhythm), sampling)


def _label(
    beats: Beats, rhythm: TachycardiaRhythm, sampling: Sampling
) -> Int8[np.ndarray, " time"]:
    """The wave each sample lies in; a P that falls into QRS is lost there, else it is P."""
    labels = label(beats, sampling)
    time = np.arange(sampling.samples) / sampling.rate_hz
    for onset in rhythm.p_onset:
        inside = (time >= onset) & (time < onset + _P_DURATION)
        labels[inside & (labels != WAVES.index("QRS"))] = WAVES.index("P")
    return labels
