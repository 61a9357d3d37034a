"""Balanced coalitions: pairs of all sizes, and a better conditioned regression than drawn ones."""

import numpy as np
from jaxtyping import Bool, Float
from numpy import ndarray

from xai_bench.methods.perturbation.coalitions import _best_exchange, balanced_coalitions


def _variance(kept: Bool[ndarray, "coalition region"]) -> float:
    """Trace of the inverse of X' w X, relative to the least that its trace allows."""
    share = kept.mean(axis=1, keepdims=True)
    X = (kept - share) / np.sqrt(share * (1 - share))
    eigenvalues = np.linalg.eigvalsh(X.T @ X)[1:]
    return float(np.mean(1 / eigenvalues) * eigenvalues.mean())


def test_coalitions_are_pairs_of_all_sizes_alike() -> None:
    kept = balanced_coalitions(21, 400, np.random.default_rng(0))
    assert kept.shape == (400, 21)
    assert np.array_equal(kept[:200], ~kept[200:])
    assert np.bincount(kept.sum(axis=1), minlength=22).tolist() == [0, *[20] * 20, 0]


def test_exchanges_condition_the_regression_and_the_draw_is_repeatable() -> None:
    found = balanced_coalitions(40, 200, np.random.default_rng(1))
    assert np.array_equal(found, balanced_coalitions(40, 200, np.random.default_rng(1)))
    assert not np.array_equal(found, balanced_coalitions(40, 200, np.random.default_rng(2)))
    rng = np.random.default_rng(3)
    half = rng.random((100, 40)).argsort(axis=1).argsort(axis=1) < found[:100].sum(1)[:, None]
    assert _variance(found) < 1.1 < 1.5 < _variance(np.concatenate([half, ~half]))


def test_an_exchange_is_the_best_of_all() -> None:
    rng, regions = np.random.default_rng(4), 7
    steps = rng.integers(-9, 9, (12, regions)).astype(float)
    G = steps.T @ steps
    members = np.array([True, False, True, True, False, False, False])

    def centred(kept: Bool[ndarray, " region"]) -> Float[ndarray, " region"]:
        return regions * kept - float(kept.sum())

    best = min(
        (float(centred(other) @ G @ centred(other)), other.tolist())
        for out in np.flatnonzero(members)
        for into in np.flatnonzero(~members)
        for other in [np.where(np.isin(np.arange(regions), [out, into]), ~members, members)]
    )
    x = centred(members)
    before = x @ G @ x
    assert before > best[0]
    assert _best_exchange(G, x, members)
    assert members.tolist() == best[1]
    assert np.array_equal(x, centred(members))
    while _best_exchange(G, x, members):
        assert x @ G @ x < before
        before = x @ G @ x
