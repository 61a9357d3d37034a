"""The cubic through a few log-odds, against scipy's."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.interpolate import PchipInterpolator

from xai_bench.scoring.metrics.faithfulness.removal_curve import area_under

SHARES = torch.tensor([0, 0.05, 0.2, 0.5, 0.75, 1], dtype=torch.float64)


def _area(curves: torch.Tensor, offset: float = 0.02, *, probability: bool) -> np.ndarray:
    found = area_under(SHARES, curves, offset=offset, probability=probability)
    return found.numpy()


@pytest.mark.parametrize("offset", [0.02, 0.5])
@pytest.mark.parametrize("probability", [False, True])
def test_curves_that_turn_stay_level_and_jump(offset: float, probability: bool) -> None:
    generator = torch.Generator().manual_seed(0)
    curves = torch.randn(40, len(SHARES), generator=generator, dtype=torch.float64) * 4
    curves[:10] = curves[:10].sort(dim=1).values
    curves[10:15, 2] = curves[10:15, 3]
    curves[15:20, 0] = curves[15:20, 1]
    curves[20, :] = 1.5
    at, fine = np.log(SHARES.numpy() + offset), np.linspace(0, 1, 40_001)
    for found, y in zip(_area(curves, offset, probability=probability), curves, strict=True):
        value = PchipInterpolator(at, y.numpy())(np.log(fine + offset))
        value = 1 / (1 + np.exp(-value)) if probability else value
        assert found == pytest.approx(np.trapezoid(value, fine), abs=1e-5)


def test_a_curve_that_is_linear_in_the_logarithm_has_its_own_area() -> None:
    log = (SHARES + 0.02).log()
    exact = 1.02 * np.log(1.02) - 0.02 * np.log(0.02) - 1
    found = _area(torch.stack([log, -3 * log]), probability=False)
    assert found.tolist() == pytest.approx([exact, -3 * exact], abs=1e-9)


def test_an_area_is_of_one_recording_alone() -> None:
    curves = torch.tensor([[3, 2, 0, -1, 0, 1], [0, 0, 1, 4, 4, 2]], dtype=torch.float64)
    both = _area(curves, probability=True)
    for row in (0, 1):
        assert _area(curves[row : row + 1], probability=True)[0] == both[row]
