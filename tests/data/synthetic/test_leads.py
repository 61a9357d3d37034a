"""Lead identities hold on the stored integers; lead vectors equal their law written out."""

from __future__ import annotations

import numpy as np

from xai_bench.data.synthetic.heart import POSITION
from xai_bench.data.synthetic.leads import (
    _DOWER,
    _ELECTRODES,
    draw_lead_field,
    from_electrodes,
    lead_vectors,
    quantised,
    twelve,
)
from xai_bench.types import LEADS


def test_identities_have_no_error_in_integers() -> None:
    eight = np.random.default_rng(0).normal(0.0, 4.0, (8, 5000))  # some beyond the 10 mV range
    leads = dict(zip(LEADS, quantised(eight).astype(np.int64), strict=True))
    assert np.array_equal(leads["I"] + leads["III"], leads["II"])
    assert np.array_equal(-2 * leads["aVR"], leads["I"] + leads["II"])
    assert np.array_equal(2 * leads["aVL"], 2 * leads["I"] - leads["II"])
    assert np.array_equal(2 * leads["aVF"], 2 * leads["II"] - leads["I"])


def test_quantised_is_within_one_microvolt_of_the_potential() -> None:
    eight = np.random.default_rng(1).normal(0.0, 0.5, (8, 1000))
    stored = quantised(eight)[[0, 1, 6, 7, 8, 9, 10, 11]]
    assert np.abs(stored[:2] - 1000 * eight[:2]).max() <= 1.0
    assert np.abs(stored[2:] - 1000 * eight[2:]).max() <= 0.5


def test_clips_what_no_heart_makes() -> None:
    leads = quantised(np.full((8, 1), 50.0))
    assert leads[LEADS.index("V1"), 0] == 10_000
    assert leads[LEADS.index("II"), 0] == 10_000


def test_twelve_from_electrode_potentials() -> None:
    potential = np.random.default_rng(2).normal(size=(9, 4))
    right, left, foot = potential[:3]
    wilson = (right + left + foot) / 3
    expected = [
        left - right,
        foot - right,
        foot - left,
        right - (left + foot) / 2,
        left - (right + foot) / 2,
        foot - (left + right) / 2,
        *(potential[3:] - wilson),
    ]
    np.testing.assert_allclose(twelve(from_electrodes(potential)), expected, atol=1e-12)


def test_a_chest_lead_sees_the_near_more_and_a_limb_lead_sees_all_alike() -> None:
    """The law written out for one source and lead at a time."""
    field = lead_vectors(_ELECTRODES, np.eye(3), np.zeros(3))
    for lead in range(8):
        for source, place in enumerate(POSITION):
            if lead < 2:
                expected = _DOWER[lead]
            else:
                electrode = _ELECTRODES[lead - 2]
                size = np.sqrt((_DOWER[lead] ** 2).sum())
                sight = electrode - place
                distance = np.sqrt((sight**2).sum())
                toward = 0.65 * _DOWER[lead] / size + 0.35 * sight / distance
                toward /= np.sqrt((toward**2).sum())
                expected = size * np.sqrt((electrode**2).sum()) / distance * toward
            np.testing.assert_allclose(field[lead, source], expected)


def test_turning_the_heart_turns_its_dipoles_and_moves_its_sources() -> None:
    quarter = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    shift = np.array([0.5, -0.2, 0.3])
    field = lead_vectors(_ELECTRODES, quarter, shift)
    dipole = np.array([0.3, -1.0, 0.2])
    for lead in range(2):
        np.testing.assert_allclose(field[lead] @ dipole, _DOWER[lead] @ quarter @ dipole)
    # V2 sees a source more when the heart is nearer to it.
    near = lead_vectors(_ELECTRODES, np.eye(3), np.array([0.0, 0.0, -1.0]))
    usual = lead_vectors(_ELECTRODES, np.eye(3), np.zeros(3))
    assert (np.linalg.norm(near[3], axis=1) > np.linalg.norm(usual[3], axis=1)).all()


def test_breath_is_a_small_change_of_what_is_seen() -> None:
    field = draw_lead_field(np.random.default_rng(0), 50.0)
    share = np.linalg.norm(field.breath, axis=2) / np.linalg.norm(field.sources, axis=2)
    assert 0.0 < share.mean() < 0.15


def test_the_axis_turns_left_with_age() -> None:
    """A force to the left and down looks more like I and less like II in the old."""

    def mean_leads(age: float) -> np.ndarray:
        fields = (draw_lead_field(np.random.default_rng(seed), age) for seed in range(100))
        force = np.array([1.0, 1.0, 0.0])
        return np.asarray(np.mean([(field.middle @ force)[:2] for field in fields], axis=0))

    young, old = mean_leads(20.0), mean_leads(90.0)
    assert old[0] > young[0]
    assert old[1] < young[1]
