"""Planted disease does to a beat what cardiology says it does."""

from __future__ import annotations

import numpy as np
import pytest

from xai_bench.data.synthetic.cohort import FINDINGS
from xai_bench.data.synthetic.morphology import T_WAVE, Component, Morphology
from xai_bench.data.synthetic.pathology import draw_severity, plant
from xai_bench.data.synthetic.patient import Patient, draw_patient

ALL = [name for names in FINDINGS.values() for name in names]
WALLS = {"AMI": (0.30, 0.0, -1.0), "IMI": (-0.15, 1.0, 0.12), "LMI": (1.0, -0.35, 0.10)}
V1, V6, LEAD_I = 2, 7, 0


def patient(seed: int) -> Patient:
    return draw_patient(np.random.default_rng(seed), age=60.0, male=seed % 2 == 0)


def planted(seed: int, finding: str, severity: float = 1.0) -> Morphology:
    rng = np.random.default_rng([seed, 1])
    return plant(patient(seed).morphology, finding, severity, rng)


def force(beat: Morphology, times: np.ndarray) -> np.ndarray:
    """Dipole of the QRS complex at each time after R (time, 3)."""
    total = np.zeros((len(times), 3))
    for component in range(Component.SEPTAL, Component.ST):
        course = np.exp(-0.5 * ((times - beat.centre[component]) / beat.width[component]) ** 2)
        total += course[:, None] * beat.dipole[component]
    return total


@pytest.mark.parametrize("finding", ALL)
def test_the_healthy_beat_is_left_as_it_was(finding: str) -> None:
    healthy = patient(1).morphology
    before = healthy.copy()
    sick = plant(healthy, finding, 1.0, np.random.default_rng(0))
    for name in ("dipole", "centre", "width"):
        assert np.array_equal(getattr(healthy, name), getattr(before, name))
    assert not np.array_equal(sick.dipole, healthy.dipole)


@pytest.mark.parametrize("finding", WALLS)
def test_an_infarct_takes_the_initial_forces_away(finding: str) -> None:
    wall = np.array(WALLS[finding]) / np.linalg.norm(WALLS[finding])
    initial = []
    for seed in range(100):
        healthy, sick = patient(seed).morphology, planted(seed, finding)
        times = np.linspace(healthy.qrs_onset, -0.010, 40)
        before, after = (force(beat, times) @ wall for beat in (healthy, sick))
        assert after.mean() < before.mean()
        initial.append(after.mean())
    # All but the acute (15 %), whose wall is not lost yet, begin with a Q wave.
    assert np.mean(np.array(initial) < 0) > 0.80


@pytest.mark.parametrize("finding", ["RBBB", "LBBB"])
def test_bundle_branch_block_widens_qrs_beyond_120_ms(finding: str) -> None:
    widths = [
        beat.qrs_end - beat.qrs_onset for beat in (planted(seed, finding) for seed in range(50))
    ]
    assert np.median(widths) > 0.120


def test_the_late_forces_of_bundle_branch_block() -> None:
    for finding, sign in (("RBBB", 1), ("LBBB", -1)):
        late = np.array(
            [
                patient(seed).field.project(planted(seed, finding).dipole)[:, Component.LATE]
                for seed in range(50)
            ]
        )
        assert (np.sign(np.median(late[:, V1])) == sign).all()
        assert np.sign(np.median(late[:, V6])) == -sign
        assert np.sign(np.median(late[:, LEAD_I])) == -sign


def test_t_inversion() -> None:
    inverted = 0
    for seed in range(50):
        healthy = patient(seed).morphology.dipole[T_WAVE].sum(axis=0)
        inverted += planted(seed, "ISC").dipole[T_WAVE].sum(axis=0) @ healthy < 0
    assert inverted > 30


def test_st_depression_is_opposite_to_the_anterolateral_wall() -> None:
    anterolateral = np.array([0.13, 0.11, -0.08])
    for seed in range(50):
        change = (planted(seed, "STD").dipole - patient(seed).morphology.dipole)[Component.ST]
        assert change @ anterolateral < -0.1 * np.linalg.norm(anterolateral)


def test_fascicular_block_turns_the_late_forces_up_and_hypertrophy_enlarges_r() -> None:
    for seed in range(50):
        healthy = patient(seed).morphology
        lafb, lvh = planted(seed, "LAFB"), planted(seed, "LVH")
        assert lafb.dipole[Component.BASAL, 1] < healthy.dipole[Component.BASAL, 1] - 0.2
        size = np.linalg.norm(healthy.dipole[Component.MAIN])
        assert np.linalg.norm(lvh.dipole[Component.MAIN]) > 1.2 * size


@pytest.mark.parametrize("finding", [name for name in ALL if name not in WALLS])
def test_more_severe_is_further_from_healthy(finding: str) -> None:
    for seed in range(20):
        healthy = patient(seed).morphology.dipole
        mild, full = (
            np.linalg.norm(planted(seed, finding, severity).dipole - healthy)
            for severity in (0.4, 1.0)
        )
        assert full > mild > 0


def test_severity() -> None:
    drawn = [draw_severity(np.random.default_rng(seed)) for seed in range(500)]
    assert min(drawn) >= 0.12
    assert max(drawn) <= 1.0
    # A beta distribution with mean 1.6 / 3.1, on what lies between.
    assert abs(np.mean(drawn) - (0.12 + 0.88 * 1.6 / 3.1)) < 0.03
