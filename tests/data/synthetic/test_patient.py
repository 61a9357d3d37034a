"""Patients differ as people do, and are healthy."""

from __future__ import annotations

from functools import cache

import numpy as np

from xai_bench.data.synthetic.cohort import Difficulty
from xai_bench.data.synthetic.patient import Patient, draw_patient


@cache
def patients(
    *, age: float = 58.0, male: bool = True, n: int = 120, dial: float = 0.5
) -> tuple[Patient, ...]:
    return tuple(
        draw_patient(
            np.random.default_rng(seed), age=age, male=male, difficulty=Difficulty(dial=dial)
        )
        for seed in range(n)
    )


def test_normal_intervals() -> None:
    for patient in patients():
        heart = patient.heart
        assert 0.115 <= heart.pr_interval <= 0.20
        assert 0.35 <= heart.qt_interval <= 0.44
        assert 0.055 <= heart.qrs_duration < 0.12
        assert (heart.width > 0).all()
        assert (heart.activation > 0).all()


def test_no_t_is_taller_than_a_heart_makes_it() -> None:
    heights = [float(np.linalg.norm(patient.heart.t_dipole)) for patient in patients(age=20.0)]
    assert max(heights) <= 0.75 + 1e-9
    assert 0.25 < np.median(heights) < 0.75


def test_mimics_are_a_matter_of_difficulty() -> None:
    """Without mimics the spread of ST and of T is smaller; nothing else moves."""
    clear, usual = patients(dial=0.0, age=30.0), patients(dial=0.5, age=30.0)
    st = [[p.heart.injury.sum() for p in group] for group in (clear, usual)]
    assert np.std(st[0]) < np.std(st[1])
    for easy, hard in zip(clear, usual, strict=True):
        assert easy.heart.pr_interval == hard.heart.pr_interval
        assert np.array_equal(easy.field.sources, hard.field.sources)


def test_men_have_more_voltage_and_the_old_a_lower_t() -> None:
    def median_r(male: bool) -> float:
        return float(
            np.median(
                [np.linalg.norm(patient.heart.force.sum(axis=0)) for patient in patients(male=male)]
            )
        )

    def median_t(age: float) -> float:
        return float(
            np.median(
                [
                    np.linalg.norm(patient.heart.t_dipole)
                    for patient in patients(age=age, male=False)
                ]
            )
        )

    assert median_r(male=True) > median_r(male=False)
    assert median_t(age=80.0) < median_t(age=30.0)


def test_the_generator_decides() -> None:
    one, again, other = (
        draw_patient(np.random.default_rng(seed), age=58.0, male=True, difficulty=Difficulty())
        for seed in (1, 1, 2)
    )
    assert np.array_equal(one.heart.force, again.heart.force)
    assert np.array_equal(one.field.sources, again.field.sources)
    assert not np.array_equal(one.heart.force, other.heart.force)
