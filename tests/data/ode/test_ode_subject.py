"""People differ, and each stays who they are."""

from __future__ import annotations

import numpy as np

from xai_bench.data.ode.moving_dipole import average_dipole
from xai_bench.data.ode.ode_subject import draw_subject


def test_the_same_draws_are_the_same_person_and_others_are_others() -> None:
    one, same, other = (draw_subject(np.random.default_rng(seed)) for seed in (4, 4, 5))
    np.testing.assert_array_equal(one.dipole.size, same.dipole.size)
    np.testing.assert_array_equal(one.field, same.field)
    assert not np.allclose(one.dipole.size, other.dipole.size)
    assert not np.allclose(one.field, other.field)


def test_on_average_a_person_is_the_average() -> None:
    people = [draw_subject(np.random.default_rng(seed)) for seed in range(600)]
    usual = average_dipole()
    # A flat T in 10 % and deep first forces in 10 % move the mean; the median stays.
    size = np.median([one.dipole.size for one in people], axis=0)
    np.testing.assert_allclose(size, usual.size, atol=0.06)
    np.testing.assert_allclose(
        np.mean([one.dipole.width for one in people], axis=0), usual.width, rtol=0.02
    )
    np.testing.assert_allclose(
        np.mean([one.dipole.angle for one in people], axis=0), usual.angle, atol=0.01
    )


def test_a_person_s_leads_are_a_turned_heart_seen_with_other_gains() -> None:
    """The field times its transpose keeps Dower's angles between leads, whatever the turn."""
    one, other = (draw_subject(np.random.default_rng(seed)).field for seed in (1, 2))

    def angles(field: np.ndarray) -> np.ndarray:
        unit = field / np.linalg.norm(field, axis=1, keepdims=True)
        return np.asarray(unit @ unit.T)

    np.testing.assert_allclose(angles(one), angles(other), atol=1e-12)
    assert not np.allclose(np.linalg.norm(one, axis=1), np.linalg.norm(other, axis=1))
