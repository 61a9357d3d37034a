"""A patient: the shape of healthy beats with its benign variants, and the torso around them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xai_bench.data.synthetic.leads import LeadField, draw_lead_field
from xai_bench.data.synthetic.morphology import T_WAVE, Component, Morphology

__all__ = ["Patient", "draw_patient"]

# Component: dipole in mV (x left, y to the feet, z to the back), its spread between patients
# in mV, centre in s, width in s. Tuned by hand on healthy recordings of PTB-XL.
_HEALTHY = {
    Component.P_RIGHT: ((0.060, 0.075, -0.020), 0.012, 0.036, 0.0150),
    Component.P_LEFT: ((0.085, 0.055, 0.030), 0.012, 0.062, 0.0165),
    Component.SEPTAL: ((-0.080, -0.050, -0.190), 0.055, -0.023, 0.0070),
    Component.EARLY: ((0.270, 0.180, -0.200), 0.090, -0.012, 0.0075),
    Component.MAIN: ((1.280, 0.740, 0.500), 0.150, 0.000, 0.0088),
    Component.BASAL: ((-0.140, -0.120, 0.620), 0.120, 0.018, 0.0078),
    Component.LATE: ((0.000, 0.000, 0.000), 0.035, 0.031, 0.0090),
    Component.UNOPPOSED: ((0.000, 0.000, 0.000), 0.000, -0.018, 0.0115),
    Component.NOTCH: ((0.000, 0.000, 0.000), 0.130, -0.004, 0.0042),
    Component.ST: ((0.020, 0.015, -0.035), 0.013, 0.000, 0.0100),
    Component.T_EARLY: ((0.235, 0.118, -0.070), 0.038, -0.092, 0.0420),
    Component.T_LATE: ((0.153, 0.077, -0.046), 0.025, -0.058, 0.0280),
    Component.U: ((0.008, 0.010, -0.012), 0.005, 0.055, 0.0280),
}
_P_WAVE = [Component.P_RIGHT, Component.P_LEFT]
_QRS = slice(Component.SEPTAL, Component.ST)
# Small and slow waves vary less with the size of the heart than QRS and T do.
_SMALL = [*_P_WAVE, Component.ST, Component.U]

_TALLEST_T = 0.75  # mV in space, about 1 mV in V4: several benign variants may meet in one patient


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Patient:
    """What stays the same between two recordings of one person."""

    morphology: Morphology
    field: LeadField


def draw_patient(rng: np.random.Generator, *, age: float, male: bool) -> Patient:
    """A healthy patient of `age` years, who may have benign variants."""
    morphology = _draw_morphology(rng, age=age, male=male)
    _add_benign_variants(morphology, rng, young_man=male and age < 50.0)
    return Patient(morphology=morphology, field=draw_lead_field(rng, age))


def _draw_morphology(rng: np.random.Generator, *, age: float, male: bool) -> Morphology:
    dipole, spread, centre, width = (
        np.array([_HEALTHY[component][part] for component in Component]) for part in range(4)
    )
    voltage = float(np.exp(rng.normal(0.0, 0.20))) * (1.06 if male else 0.94)
    dipole *= np.exp(rng.normal(0.0, 0.22, (len(Component), 1)))
    dipole += spread[:, None] * rng.normal(size=dipole.shape)
    dipole[T_WAVE] *= np.exp(rng.normal(0.0, 0.20) - 0.006 * (age - 58.0))
    exponent = np.ones(len(Component))
    exponent[_SMALL] = 0.4
    dipole *= voltage ** exponent[:, None]

    p_stretch, qrs_stretch, t_stretch = np.exp(rng.normal(0.0, 0.10, 3))
    for waves, stretch in ((_P_WAVE, p_stretch), (_QRS, qrs_stretch), (T_WAVE, t_stretch)):
        centre[waves] *= stretch
        width[waves] *= stretch
    width[_QRS] *= rng.normal(1.0, 0.08, width[_QRS].shape)
    centre[Component.NOTCH] += rng.normal(0.0, 0.013)
    return Morphology(
        dipole=dipole,
        centre=centre,
        width=width,
        voltage=voltage,
        p_duration=0.110 * float(p_stretch),
        pr_interval=float(np.clip(rng.normal(0.156, 0.020), 0.115, 0.20)),
        qrs_onset=-0.040 * float(qrs_stretch),
        qrs_end=0.044 * float(qrs_stretch),
        qt_interval=float(np.clip(rng.normal(0.395, 0.017), 0.35, 0.44)),
    )


def _add_benign_variants(beat: Morphology, rng: np.random.Generator, *, young_man: bool) -> None:
    """Variants of the healthy that resemble disease, each in a minority of patients."""

    def degree(prevalence: float) -> float:
        present, size = rng.random(), rng.uniform(0.3, 1.0)
        return float(size) if present < prevalence else 0.0

    early_repolarisation = degree(0.30 if young_man else 0.07)
    beat.dipole[Component.ST] += early_repolarisation * np.array([0.07, 0.06, -0.10])
    beat.dipole[T_WAVE] *= 1.0 + 0.5 * early_repolarisation

    beat.dipole[T_WAVE] *= 1.0 + 0.8 * degree(0.06)  # tall T
    beat.dipole[T_WAVE] *= 1.0 - 0.55 * degree(0.10)  # flat T
    beat.dipole[T_WAVE] *= min(1.0, _TALLEST_T / beat.t_height)

    positional_q = np.array([(-0.4, -0.8, -0.1), (-0.8, 0.1, -0.1), (0.1, -0.2, 0.9)])
    beat.dipole[Component.SEPTAL] += 0.20 * degree(0.14) * rng.choice(positional_q)

    poor_r_progression = degree(0.08)
    beat.dipole[Component.EARLY] *= 1.0 - 0.8 * poor_r_progression
    beat.dipole[Component.SEPTAL, 2] *= 1.0 - 0.6 * poor_r_progression
