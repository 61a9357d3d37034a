"""The closed form solves the equations, at any heart rate; waves lie where the Gaussians are."""

from __future__ import annotations

import numpy as np
import pytest

from xai_bench.data.ode.dipole_findings import plant_in_dipole
from xai_bench.data.ode.moving_dipole import BELLS, Dipole, average_dipole
from xai_bench.types import WAVES


def sick(finding: str) -> Dipole:
    return plant_in_dipole(average_dipole(), finding, 0.9, np.random.default_rng(1))


def literal_drive(dipole: Dipole, angle: np.ndarray) -> np.ndarray:
    """McSharry's equation without its pull to the baseline, over w; ST by its two edges."""
    slope = np.zeros((3, len(angle)))
    for axis in range(3):
        for bell in range(len(BELLS)):
            away = angle - dipole.angle[axis, bell]
            away = (away + np.pi) % (2 * np.pi) - np.pi
            b = dipole.width[axis, bell]
            a = dipole.size[axis, bell] / b**2
            slope[axis] -= a * away * np.exp(-(away**2) / (2 * b**2))
        up, down = dipole.span("QRS")[1], dipole.angle[0, BELLS.index("T rise")]
        for sign, middle, width in ((1, up, 0.06), (-1, down, 0.20)):
            edge = np.exp(-0.5 * ((angle - middle) / width) ** 2) / (width * np.sqrt(2 * np.pi))
            slope[axis] += sign * dipole.st[axis] * edge
    return slope


@pytest.mark.parametrize("finding", ["AMI", "LBBB"])
@pytest.mark.parametrize("interval", [1.0, 0.6])
def test_the_closed_form_solves_the_equation(finding: str, interval: float) -> None:
    """Runge-Kutta of the fourth order through one beat, from -pi, in 2000 steps."""
    dipole, w, steps = sick(finding), 2 * np.pi / interval, 2000
    step = interval / steps
    angle = -np.pi + w * step / 2 * np.arange(2 * steps + 1)
    slope = w * literal_drive(dipole, angle)  # of the angle alone, so k2 is k3
    at = dipole.course(angle[:1])[:, 0]
    solved = [at]
    for k in range(0, 2 * steps, 2):
        at = at + step / 6 * (slope[:, k] + 4 * slope[:, k + 1] + slope[:, k + 2])
        solved.append(at)
    np.testing.assert_allclose(dipole.course(angle[:-1:2]), np.transpose(solved[:-1]), atol=1e-6)


def test_the_paper_s_pull_to_the_baseline_is_a_high_pass_of_this() -> None:
    """z' = s' - z, solved by Runge-Kutta, is s less its own low-pass of one second."""
    dipole, step = average_dipole(), 1e-3
    angle = np.mod(2 * np.pi * np.arange(0.0, 4.0, step / 2), 2 * np.pi) - np.pi
    drive = 2 * np.pi * literal_drive(dipole, angle)[0]
    z = low = 0.0
    course = dipole.course(angle)[0]
    for k in range(0, len(angle) - 2, 2):
        k1 = drive[k] - z
        k2 = drive[k + 1] - (z + step / 2 * k1)
        k3 = drive[k + 1] - (z + step / 2 * k2)
        k4 = drive[k + 2] - (z + step * k3)
        z += step / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        low = low * np.exp(-step) + (1 - np.exp(-step)) * course[k + 1]
        assert abs(z - (course[k + 2] - low)) < 2e-4


def test_a_blur_is_a_convolution_with_a_gaussian() -> None:
    dipole, step = sick("IMI"), 1e-3
    angle = np.arange(-np.pi, np.pi, step)
    blur = 0.05
    away = np.arange(-0.3, 0.3 + step / 2, step)
    kernel = np.exp(-0.5 * (away / blur) ** 2)
    sharp = dipole.course(np.arange(-np.pi - 0.3, np.pi + 0.3, step))
    for axis in range(3):
        literal = np.convolve(sharp[axis], kernel / kernel.sum(), mode="same")[300:-300]
        inner = slice(200, -200)
        blurred = dipole.course(angle, blur)[axis]
        count = min(len(literal), len(blurred))
        np.testing.assert_allclose(literal[:count][inner], blurred[:count][inner], atol=2e-3)


def test_waves_last_three_deviations_around_their_gaussians() -> None:
    dipole = average_dipole()
    p, q, s, rise, fall = (BELLS.index(name) for name in ("P", "Q", "S", "T rise", "T fall"))
    angle, width = dipole.angle[0], dipole.width[0]
    edges = {
        "P": (angle[p] - 3 * width[p], angle[p] + 3 * width[p]),
        "QRS": (angle[q] - 3 * width[q], angle[s] + 3 * width[s]),
        "T": (
            min(angle[rise] - 3 * width[rise], angle[fall] - 3 * width[fall]),
            angle[fall] + 3 * width[fall],
        ),
    }
    for wave, (first, last) in edges.items():
        assert dipole.span(wave) == pytest.approx((first, last))
        for at, expected in ((first + 1e-6, True), (last - 1e-6, True), (last + 1e-6, False)):
            label = WAVES[dipole.label(np.array([at]))[0]]
            assert (label == wave) == expected
    between = [(edges["P"][1] + edges["QRS"][0]) / 2, (edges["QRS"][1] + edges["T"][0]) / 2, -3.0]
    assert [WAVES[one] for one in dipole.label(np.array(between))] == ["PR", "ST", "TP"]


def test_outside_of_its_waves_a_dipole_is_still() -> None:
    """1.1 % of a Gaussian is left three deviations away, and less of ST's edges."""
    dipole = average_dipole()
    angle = np.linspace(-np.pi, np.pi, 2001)
    rest = np.isin(dipole.label(angle), [WAVES.index("PR"), WAVES.index("TP")])
    assert np.abs(dipole.course(angle)[:, rest]).max() < 0.012


def test_a_faster_heart_is_scaled_as_in_the_paper() -> None:
    usual, fast = average_dipole(), average_dipole().at_rate(90.0)
    h = np.sqrt(1.5)
    np.testing.assert_allclose(fast.width, h * usual.width)
    p, s, fall = (BELLS.index(name) for name in ("P", "S", "T fall"))
    for bell, times in ((p, np.sqrt(h)), (s, h), (fall, np.sqrt(h))):
        np.testing.assert_allclose(fast.angle[:, bell], times * usual.angle[:, bell])
