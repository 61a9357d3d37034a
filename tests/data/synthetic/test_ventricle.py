"""Arrival times against closed forms, and on the coarse heart."""

from __future__ import annotations

import numpy as np
import pytest

from xai_bench.data.synthetic.heart import POSITION, SOURCES, spread
from xai_bench.data.synthetic.ventricle import Muscle, ventricles

AT = np.zeros((1, 3))


def test_in_a_block_of_muscle_the_front_is_a_sphere() -> None:
    muscle = Muscle(np.ones((21, 21, 21), dtype=bool), AT, 0.1)
    centre = np.array([[1.0, 1.0, 1.0]])
    found = muscle.arrival(centre, np.array([0.005]), 50.0)
    distance = np.linalg.norm(muscle.points - centre, axis=1)
    late = found - 0.005 - distance / 50.0
    assert late.min() > -1e-9
    assert (late <= 0.03 * distance / 50.0 + 1e-9).all()


def test_two_entries_meet_in_the_middle() -> None:
    muscle = Muscle(np.ones((41, 3, 3), dtype=bool), AT, 0.1)
    found = muscle.arrival(np.array([[0.0, 0.1, 0.1], [4.0, 0.1, 0.1]]), np.zeros(2), 10.0)
    along = np.abs(muscle.points[:, 1] - 0.1) + np.abs(muscle.points[:, 2] - 0.1) < 1e-9
    x = muscle.points[along, 0]
    np.testing.assert_allclose(found[along], np.minimum(x, 4.0 - x) / 10.0, atol=1e-9)


def test_excitation_goes_round_a_gap_and_never_across() -> None:
    """From one side of a slit to the other: twice the way to its end."""
    inside = np.ones((41, 41, 1), dtype=bool)
    inside[20, :31] = False  # open above y = 30
    muscle = Muscle(inside, AT, 0.1)
    points = np.array([[1.0, 2.0, 0.0], [3.0, 2.0, 0.0]])
    found = muscle.arrival(points[:1], np.zeros(1), 1.0)[muscle.nearest(points)[1]]
    literal = 2 * np.hypot(1.0, 1.1)  # over (2.0, 3.1), the first cube beyond the slit
    assert literal - 1e-9 <= found <= 1.03 * literal


def test_muscle_that_nothing_leads_to_is_never_reached() -> None:
    inside = np.ones((21, 5, 5), dtype=bool)
    inside[10] = False
    muscle = Muscle(inside, AT, 0.1)
    found = muscle.arrival(AT, np.zeros(1), 1.0)
    beyond = muscle.points[:, 0] > 1.05
    assert np.isinf(found[beyond]).all()
    assert np.isfinite(found[~beyond]).all()


@pytest.mark.slow
def test_in_the_heart_the_wall_is_never_faster_and_blocks_are_slower() -> None:
    muscle = ventricles()
    off = np.linalg.norm(muscle.points[muscle.nearest(POSITION)] - POSITION, axis=1)
    assert off.max() < 0.2
    later = {}
    for name in ("healthy", "LBBB", "RBBB"):
        straight, _ = spread(name).arrival()
        later[name] = 1000 * (muscle.reaches(spread(name)) - straight)
        # Sources and entries lie up to an edge from the cube that stands for them.
        assert later[name].min() > -2 * 1000 * 0.2 / spread(name).speed
    lateral, free_wall = SOURCES.index("apical lateral"), SOURCES.index("right free wall")
    assert later["LBBB"][lateral] > 10 > np.abs(later["healthy"][lateral])
    assert later["RBBB"][free_wall] > 25
