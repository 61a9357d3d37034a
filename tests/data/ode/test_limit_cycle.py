"""The angle is that of McSharry's x and y, solved step by step; intervals have his spectrum."""

from __future__ import annotations

import numpy as np
import pytest

from xai_bench.data.ode.limit_cycle import Cycle, draw_cycle


def cycle_of(*intervals: float) -> Cycle:
    interval = np.array(intervals)
    start = np.concatenate([[0.0], interval.cumsum()[:-1]])
    return Cycle(start=start, interval=interval, breath_hz=0.25, breath_phase=0.0)


def test_the_angle_is_that_of_the_equations_solved_by_runge_and_kutta() -> None:
    """dx/dt = (1 - r) x - w y, dy/dt = (1 - r) y + w x, from (-1, 0), in steps of a millisecond."""
    cycle = cycle_of(0.9, 0.75, 1.1)

    def slope(point: np.ndarray, w: float) -> np.ndarray:
        x, y = point
        a = 1.0 - np.hypot(x, y)
        return np.array([a * x - w * y, a * y + w * x])

    point, step = np.array([-1.0, 0.0]), 1e-3
    solved = []
    for interval in (0.9, 0.75, 1.1):
        w = 2 * np.pi / interval
        for _ in range(round(interval / step)):
            solved.append(point)
            k1 = slope(point, w)
            k2 = slope(point + step / 2 * k1, w)
            k3 = slope(point + step / 2 * k2, w)
            k4 = slope(point + step * k3, w)
            point = point + step / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    angle, speed = cycle.angle(np.arange(2750) * step)
    on_circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    np.testing.assert_allclose(on_circle, solved, atol=1e-8)
    np.testing.assert_allclose(speed[[100, 1000, 2000]], 2 * np.pi / np.array([0.9, 0.75, 1.1]))


def test_beats_follow_each_other_and_reach_beyond_both_ends() -> None:
    cycle = draw_cycle(np.random.default_rng(3), heart_rate=80.0, seconds=10.0)
    np.testing.assert_allclose(cycle.start[1:], cycle.start[:-1] + cycle.interval[:-1])
    assert cycle.start[0] < -1.0
    assert cycle.start[-1] + cycle.interval[-1] > 11.0
    angle, _ = cycle.angle(np.arange(0.0, 10.0, 1e-3))
    assert angle.min() >= -np.pi
    assert angle.max() < np.pi


@pytest.mark.parametrize("heart_rate", [50.0, 110.0])
def test_intervals_have_the_rate_and_the_two_frequencies_of_the_paper(heart_rate: float) -> None:
    cycle = draw_cycle(np.random.default_rng(0), heart_rate=heart_rate, seconds=1200.0)
    assert abs(cycle.interval.mean() - 60.0 / heart_rate) < 0.01
    even = np.interp(np.arange(0.0, 1200.0, 0.5), cycle.start, cycle.interval)
    power = np.abs(np.fft.rfft(even - even.mean())) ** 2
    hz = np.fft.rfftfreq(len(even), 0.5)
    slow = power[(hz > 0.06) & (hz < 0.14)].sum()
    fast = power[np.abs(hz - cycle.breath_hz) < 0.04].sum()
    # Linear interpolation between beats takes some of the faster waves away.
    assert slow + fast > 0.9 * power.sum()
    assert 0.4 < slow / fast < 1.1
