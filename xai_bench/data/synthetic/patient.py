"""A patient: a healthy heart with its benign variants, and the torso around it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xai_bench.data.synthetic.cohort import Difficulty
from xai_bench.data.synthetic.heart import LEFT, SOURCES, Heart, average_heart, facing, weights
from xai_bench.data.synthetic.leads import LeadField, draw_lead_field

__all__ = ["Patient", "draw_patient"]

_TALLEST_T = 0.75  # mV in space, about 1 mV in V4: several benign variants may meet in one patient
_SEPTUM = weights({"mid anteroseptal": 1.0, "mid inferoseptal": 1.0, "apical septal": 0.5})
_FRONT = weights({"mid anterior": 1.0, "apical anterior": 1.0, "apical septal": 0.7})
_REPOLARISED_EARLY = weights({"apex": 1.0, "apical": 0.8, "mid anterior": 0.6, "mid inferior": 0.6})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Patient:
    """What stays the same between two recordings of one person."""

    heart: Heart
    field: LeadField


def draw_patient(
    rng: np.random.Generator, *, age: float, male: bool, difficulty: Difficulty
) -> Patient:
    """A healthy patient of `age` years, who may have benign variants."""
    heart = _draw_heart(rng, age=age, male=male)
    _add_benign_variants(heart, rng, young_man=male and age < 50.0, mimics=difficulty.mimics)
    return Patient(heart=heart, field=draw_lead_field(rng, age))


def _draw_heart(rng: np.random.Generator, *, age: float, male: bool) -> Heart:
    """The average heart, varied.

    All spreads are by hand, for the quantiles of amplitudes and intervals in healthy recordings of
    PTB-XL, and so is the fall of T with age (0.6 % a year); the medians of PR and QT (0.156 and
    0.395 s at 60 beats per minute) are close to those of healthy adults (Rijnbeek et al., J.
    Electrocardiol. 2014). As SD of a logarithm: voltage 0.20 (6 % more in men), force of a source
    0.20, its width 0.12, T 0.30 in all and 0.15 by source, durations 0.10. Activation of a source
    varies by 2.5 ms, its dipole by 0.06 mV, and an atrium's by 0.012 mV.
    """
    n = len(SOURCES)
    heart = average_heart()
    heart.voltage = float(np.exp(rng.normal(0.0, 0.20))) * (1.06 if male else 0.94)
    p_stretch, qrs_stretch, t_stretch = np.exp(rng.normal(0.0, 0.10, 3))

    heart.force *= heart.voltage * np.exp(rng.normal(0.0, 0.20, (n, 1)))
    heart.force += 0.06 * heart.voltage * rng.normal(size=(n, 3))
    heart.activation += rng.normal(0.0, 0.0025, n)
    heart.activation *= qrs_stretch
    heart.width *= qrs_stretch * np.exp(rng.normal(0.0, 0.12, n))

    t_size = np.exp(rng.normal(0.0, 0.30) - 0.006 * (age - 58.0)) * heart.voltage
    heart.recovery *= t_size * np.exp(rng.normal(0.0, 0.15, n))
    # The order of recovery differs between people: T turns, with little change of size.
    heart.secondary += 0.045 * heart.voltage * rng.normal(size=3)
    small = heart.voltage**0.4  # small and slow waves vary less with the size of the heart
    heart.injury *= small * np.exp(rng.normal(0.0, 0.22, n))
    heart.injury[LEFT] += 0.002 * rng.normal(size=n)[LEFT]
    heart.atria *= small * np.exp(rng.normal(0.0, 0.22, (2, 1)))
    heart.atria += 0.012 * rng.normal(size=(2, 3))
    heart.u_wave += 0.005 * rng.normal(size=3)

    heart.p_duration *= float(p_stretch)
    heart.t_stretch = float(t_stretch)
    heart.pr_interval = float(np.clip(rng.normal(0.156, 0.020), 0.115, 0.20))
    heart.qt_interval = float(np.clip(rng.normal(0.395, 0.017), 0.35, 0.44))
    return heart


def _add_benign_variants(
    heart: Heart, rng: np.random.Generator, *, young_man: bool, mimics: float
) -> None:
    """Variants of the healthy that resemble disease, each in a minority of patients.

    Early repolarisation in 30 % of young men and 7 % of others (up to 0.13 mV; Macfarlane et al.,
    JACC 2015), tall T in 6 %, flat T in 10 %, septal or positional q in 14 % (up to 0.20 mV), poor
    R progression in 8 %; prevalences but for the first are by hand.

    mimics: how many there are, 1.0 being as many as in the usual difficulty.
    """

    def degree(prevalence: float) -> float:
        present, size = rng.random(), rng.uniform(0.3, 1.0)
        return float(size) if present < prevalence * mimics else 0.0

    early_repolarisation = degree(0.30 if young_man else 0.07)
    heart.injury += facing(_REPOLARISED_EARLY, 0.13 * early_repolarisation)
    heart.recovery *= 1.0 + 0.5 * early_repolarisation

    heart.recovery *= 1.0 + 0.8 * degree(0.06)  # tall T
    heart.recovery *= 1.0 - 0.55 * degree(0.10)  # flat T
    tallest = min(1.0, _TALLEST_T / float(np.linalg.norm(heart.t_dipole)))
    heart.recovery *= tallest
    heart.secondary *= tallest

    # First forces away from the left or from below: the q of a healthy septum or posture.
    positional = np.array([(-0.4, -0.8, -0.1), (-0.8, 0.1, -0.1), (0.1, -0.2, 0.9)])
    q_size = degree(0.14)
    heart.force += 0.20 * q_size * (_SEPTUM / _SEPTUM.sum())[:, None] * rng.choice(positional)
    heart.force *= 1.0 + q_size * 0.8 * _SEPTUM[:, None]

    poor_r_progression = degree(0.08)
    heart.force *= 1.0 - 0.7 * poor_r_progression * _FRONT[:, None]
    heart.force *= 1.0 - 0.5 * poor_r_progression * _SEPTUM[:, None]
