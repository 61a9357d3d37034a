"""Patients differ as people do, and are healthy."""

from __future__ import annotations

import numpy as np

from xai_bench.data.synthetic.morphology import T_WAVE, Component
from xai_bench.data.synthetic.patient import Patient, draw_patient


def patients(*, age: float = 58.0, male: bool = True, n: int = 120) -> list[Patient]:
    return [draw_patient(np.random.default_rng(seed), age=age, male=male) for seed in range(n)]


def test_no_infarct_and_normal_intervals() -> None:
    for patient in patients():
        beat = patient.morphology
        assert (beat.dipole[Component.UNOPPOSED] == 0).all()
        assert 0.115 <= beat.pr_interval <= 0.20
        assert 0.35 <= beat.qt_interval <= 0.44
        assert 0.060 <= beat.qrs_end - beat.qrs_onset < 0.12
        assert (beat.width > 0).all()


def test_no_t_is_taller_than_a_heart_makes_it() -> None:
    heights = [patient.morphology.t_height for patient in patients(age=20.0)]
    assert max(heights) <= 0.75 + 1e-9
    assert 0.25 < np.median(heights) < 0.70


def test_men_have_more_voltage_and_the_old_a_lower_t() -> None:
    def median_r(male: bool) -> float:
        return float(
            np.median(
                [
                    np.linalg.norm(patient.morphology.dipole[Component.MAIN])
                    for patient in patients(male=male)
                ]
            )
        )

    def median_t(age: float) -> float:
        return float(
            np.median(
                [
                    np.linalg.norm(patient.morphology.dipole[T_WAVE].sum(axis=0))
                    for patient in patients(age=age, male=False)
                ]
            )
        )

    assert median_r(male=True) > median_r(male=False)
    assert median_t(age=80.0) < median_t(age=30.0)


def test_the_generator_decides() -> None:
    one, again, other = (
        draw_patient(np.random.default_rng(seed), age=58.0, male=True) for seed in (1, 1, 2)
    )
    assert np.array_equal(one.morphology.dipole, again.morphology.dipole)
    assert np.array_equal(one.field.matrix, again.field.matrix)
    assert not np.array_equal(one.morphology.dipole, other.morphology.dipole)
