"""Similarities against SciPy and literal loops, and where they are known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from xai_bench.studies.stability.schema import SIMILARITIES
from xai_bench.studies.stability.similarity import prepare, similarities


def maps(seed: int, *, ties: bool = False, shape: tuple[int, int, int] = (3, 12, 40)) -> np.ndarray:
    values = np.random.default_rng(seed).standard_normal(shape).astype(np.float32)
    return np.round(values) if ties else values


def compared(a: np.ndarray, b: np.ndarray) -> dict[str, np.ndarray]:
    found = similarities(prepare(torch.from_numpy(a)), prepare(torch.from_numpy(b)))
    return {name: one.scores for name, one in found.items()}


def literal_top(a: np.ndarray, b: np.ndarray) -> float:
    """Each sample's share of one of k places, tied samples alike."""

    def places(values: np.ndarray) -> list[float]:
        size = np.abs(values).ravel()
        k = round(len(size) / 10)
        least = sorted(size, reverse=True)[k - 1]
        above = sum(value > least for value in size)
        tied = sum(value == least for value in size)
        return [1 if v > least else (k - above) / tied if v == least else 0 for v in size]

    pairs = list(zip(places(a), places(b), strict=True))
    return sum(min(pair) for pair in pairs) / round(a.size / 10)


def literal_ssim(a: np.ndarray, b: np.ndarray) -> float:
    """Wang et al. 2004, equation 13, with C1 = (0.01 L)^2, C2 = (0.03 L)^2 and L = 2."""
    a, b = (m.astype(np.float64) / np.abs(m).max() for m in (a, b))
    found = []
    for lead in range(a.shape[0] - 6):
        for time in range(a.shape[1] - 6):
            x, y = (m[lead : lead + 7, time : time + 7].ravel() for m in (a, b))
            covariance = np.cov(x, y)
            means = (2 * x.mean() * y.mean() + 0.02**2) / (x.mean() ** 2 + y.mean() ** 2 + 0.02**2)
            spread = covariance[0, 0] + covariance[1, 1] + 0.06**2
            found.append(means * (2 * covariance[0, 1] + 0.06**2) / spread)
    return float(np.mean(found))


@pytest.mark.parametrize("ties", [False, True])
def test_literally(ties: bool) -> None:
    a, b = maps(0, ties=ties), maps(1, ties=ties)
    b += a / 2
    found = compared(a, b)
    for row, (one, other) in enumerate(
        zip(a.astype(np.float64), b.astype(np.float64), strict=True)
    ):
        expected = {
            "spearman": spearmanr(one.ravel(), other.ravel()).statistic,
            "cosine": (one * other).sum() / np.sqrt((one**2).sum() * (other**2).sum()),
            "top-10%": literal_top(one, other),
            "ssim": literal_ssim(one, other),
        }
        for name in SIMILARITIES:
            assert found[name][row] == pytest.approx(expected[name], abs=1e-9), name


def test_a_map_is_like_itself_at_any_size_and_spearman_sees_order_alone() -> None:
    a = maps(0)
    for name, scores in compared(a, 1e-12 * a).items():
        np.testing.assert_allclose(scores, 1, atol=1e-5, err_msg=name)
    cubed = compared(a, a**3)
    np.testing.assert_allclose(cubed["spearman"], 1)
    np.testing.assert_allclose(cubed["top-10%"], 1)
    assert (cubed["cosine"] < 0.9).all()
    turned = compared(a, -a)
    np.testing.assert_allclose(turned["spearman"], -1)
    np.testing.assert_allclose(turned["cosine"], -1)
    np.testing.assert_allclose(turned["top-10%"], 1)


def test_unrelated_maps_share_a_tenth_of_their_places() -> None:
    a, b = (maps(seed, shape=(50, 12, 100)) for seed in (0, 1))
    found = compared(a, b)
    assert found["top-10%"].mean() == pytest.approx(0.1, abs=0.01)
    assert found["spearman"].mean() == pytest.approx(0, abs=0.01)


def test_spearman_of_sizes() -> None:
    a, b = maps(0), maps(1)
    first, second = (prepare(torch.from_numpy(m), of_size=True) for m in (a, b))
    scores = similarities(first, second)["spearman"].scores
    sizes = [spearmanr(np.abs(x).ravel(), np.abs(y).ravel()).statistic for x, y in zip(a, b)]  # noqa: B905
    np.testing.assert_allclose(scores, sizes)


def test_what_cannot_be_compared_says_why() -> None:
    a = maps(0, shape=(5, 12, 40))
    b = maps(1, shape=(5, 12, 40))
    b[0] = 0
    b[1, 3, 4] = np.nan
    b[2] = 0.5
    first = prepare(torch.from_numpy(a), ["", "", "", "misses its sum", ""])
    found = similarities(first, prepare(torch.from_numpy(b)))
    for name in SIMILARITIES:
        reasons = found[name].reasons
        assert reasons[0] == "an attribution is zero everywhere"
        assert reasons[1] == "an attribution is not finite"
        assert reasons[2] == ("an attribution is the same everywhere" if name == "spearman" else "")
        assert reasons[3] == "misses its sum"
        assert reasons[4] == ""
        np.testing.assert_array_equal(np.isnan(found[name].scores), [why != "" for why in reasons])
    assert found["top-10%"].scores[2] == pytest.approx(0.1)


def test_ssim_needs_a_whole_window() -> None:
    a = maps(0, shape=(2, 12, 6))
    found = similarities(prepare(torch.from_numpy(a)), prepare(torch.from_numpy(a)))
    assert np.isnan(found["ssim"].scores).all()
    assert found["ssim"].reasons[0].startswith("fewer than 7 samples")
    np.testing.assert_allclose(found["spearman"].scores, 1)
