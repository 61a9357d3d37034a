"""Lead identities hold on the stored integers; projections equal their sums written out."""

from __future__ import annotations

import numpy as np

from xai_bench.data.synthetic.leads import (
    LeadField,
    draw_lead_field,
    from_electrodes,
    quantised,
    twelve,
)
from xai_bench.data.synthetic.morphology import Component
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


def test_projection_is_a_dot_product_and_a_residual() -> None:
    rng = np.random.default_rng(3)
    field = LeadField(matrix=rng.normal(size=(8, 3)), residual=rng.normal(size=(8, len(Component))))
    dipole = rng.normal(size=(2, len(Component), 3))
    peak = field.project(dipole)
    for beat in range(2):
        for lead in range(8):
            for component in Component:
                vector = dipole[beat, component]
                value = sum(field.matrix[lead, axis] * vector[axis] for axis in range(3))
                value += field.residual[lead, component] * sum(vector**2) ** 0.5
                if lead >= 4 and component in (Component.P_RIGHT, Component.P_LEFT):
                    value /= 2
                assert np.isclose(peak[beat, lead, component], value)


def test_the_axis_turns_left_with_age() -> None:
    """A force to the left and down looks more like I and less like II in the old."""

    def mean_leads(age: float) -> np.ndarray:
        fields = (draw_lead_field(np.random.default_rng(seed), age) for seed in range(100))
        force = np.array([1.0, 1.0, 0.0])
        return np.asarray(np.mean([(field.matrix @ force)[:2] for field in fields], axis=0))

    young, old = mean_leads(20.0), mean_leads(90.0)
    assert old[0] > young[0]
    assert old[1] < young[1]
