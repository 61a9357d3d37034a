"""The source `synthetic-ode`: recordings of a moving dipole, each with its healthy twin."""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import final

import numpy as np

from xai_bench.data.ode.dipole_findings import plant_in_dipole
from xai_bench.data.ode.limit_cycle import Cycle, draw_cycle
from xai_bench.data.ode.ode_subject import draw_subject
from xai_bench.data.source import Index, Record, Source
from xai_bench.data.synthetic.cohort import Cohort, Difficulty, draw_cohort
from xai_bench.data.synthetic.leads import quantised, twelve
from xai_bench.data.synthetic.noise import draw_noise
from xai_bench.data.synthetic.rhythm import Rhythm
from xai_bench.data.synthetic.sampling import Sampling, check_asked
from xai_bench.data.synthetic.synthetic_source import evidence
from xai_bench.randomness import seed_for

__all__ = ["OdeSource"]

_VERSION = 1  # a change that moves any sample is another version
_MILDEST = 0.3


@final
class OdeSource(Source):
    """A second generator, so that one can ask whether results depend on the first.

    Of `synthetic` it has the cohort (who has which finding, labels and folds: row 12 is as sick
    here as there), the recorder's noise, the rounding to microvolt and the rule for evidence. Its
    hearts, beats, diseases and torsos are its own: a dipole driven by McSharry's equations, all in
    sinus rhythm. Sizes are by hand and no net was asked about them; not for clinical conclusions.
    """

    name = "synthetic-ode"
    has_evidence = True

    def __init__(
        self,
        *,
        rate_hz: float = 100.0,
        seconds: float = 10.0,
        seed: int = 0,
        size: int = 10_000,
    ) -> None:
        """`size` recordings of `seconds` at `rate_hz`; a smaller source begins a larger one.

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
            *(self._seed, self._size),
        )
        return hashlib.sha256(repr(parameters).encode()).hexdigest()

    def read(self, row: int) -> Record:
        """The recording, its healthy twin, evidence and waves; the same bits in any order."""
        cohort, sampling = self._cohort, Sampling(rate_hz=self.rate_hz, samples=self.samples)
        record_id, patient_id = cohort.record_id[row], cohort.patient_id[row]
        heart_rate = float(cohort.heart_rate[row])
        subject = draw_subject(self._generator(patient_id, "subject"))
        cycle = draw_cycle(
            self._generator(record_id, "cycle"), heart_rate=heart_rate, seconds=sampling.seconds
        )
        noise = draw_noise(self._generator(record_id, "noise"), _as_rhythm(cycle), sampling)
        diseased = subject.dipole
        for finding in cohort.planted[row]:
            rng = self._generator(record_id, finding)
            severity = float(rng.uniform(_MILDEST, 1.0))
            diseased = plant_in_dipole(diseased, finding, severity, rng)

        angle, speed = cycle.angle(np.arange(sampling.samples) / sampling.rate_hz)
        twin, own = (one.at_rate(heart_rate) for one in (subject.dipole, diseased))
        blur = speed * sampling.blur
        healthy, sick = (subject.field @ one.course(angle, blur) for one in (twin, own))
        return Record(
            microvolt=quantised(sick + noise),
            healthy=quantised(healthy + noise),
            evidence=evidence(twelve(sick - healthy)),
            waves=own.label(angle),
        )

    @cached_property
    def _cohort(self) -> Cohort:
        return draw_cohort(self._seed, self._size, Difficulty())

    def _generator(self, identity: str, purpose: str) -> np.random.Generator:
        return np.random.default_rng(seed_for(self._seed, identity, f"ode {purpose}"))


def _as_rhythm(cycle: Cycle) -> Rhythm:
    """As the recorder's noise wants it, of which it reads the breath."""
    beats = len(cycle.start)
    return Rhythm(
        r_time=cycle.start + cycle.interval / 2,
        rr_interval=cycle.interval,
        ventricular=np.zeros(beats, dtype=np.bool_),
        fibrillating=False,
        gain=np.ones((beats, 2)),
        breath_depth=1.0,
        breath_hz=cycle.breath_hz,
        breath_phase=cycle.breath_phase,
    )
