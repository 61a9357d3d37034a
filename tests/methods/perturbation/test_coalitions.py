"""Designs: balanced coalitions, and values by the definition of Shapley and by Captum."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, permutations
from math import factorial, lcm

import numpy as np
import pytest
import torch
from captum.attr import KernelShap, ShapleyValues
from jaxtyping import Bool, Float
from numpy import ndarray
from torch import Tensor

from tests.closed_forms import Product, batch, closed_form, grid
from xai_bench.methods.perturbation.coalitions import (
    _best_exchange,
    all_coalitions,
    balanced_coalitions,
    mean_gain,
    shapley_regression,
)
from xai_bench.methods.perturbation.regions import divide


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


@pytest.mark.parametrize("regions", [1, 2, 5, 6])
def test_all_coalitions_give_the_mean_gain_over_all_orders(regions: int) -> None:
    design = all_coalitions(regions)
    game = np.random.default_rng(regions).standard_normal(2**regions)
    number = {tuple(kept.nonzero()[:, 0].tolist()): k for k, kept in enumerate(design.kept)}
    assert len(number) == 2**regions
    gains: dict[int, list[float]] = {region: [] for region in range(regions)}
    for order in permutations(range(regions)):
        for place, region in enumerate(order):
            before, after = (tuple(sorted(order[:k])) for k in (place, place + 1))
            gains[region].append(game[number[after]] - game[number[before]])
    expected = [np.mean(gains[region]) for region in range(regions)]
    np.testing.assert_allclose(design.P.numpy() @ game, expected, rtol=1e-10, atol=1e-12)


def test_captum_finds_the_same_from_all_orders() -> None:
    model, given = closed_form(Product()), batch(rows=2)
    found = all_coalitions(4).attribute(model, given, divide("segments-4", given))
    segment = (torch.arange(1000) // 250).repeat(1, 12, 1)
    with torch.no_grad():
        expected = ShapleyValues(model.log_odds).attribute(
            given.z,
            baselines=0.0,
            additional_forward_args=(given.target,),
            feature_mask=segment,
            perturbations_per_eval=8,
        )
    scale = float(expected.abs().max())
    torch.testing.assert_close(12 * 250 * found, expected, rtol=1e-4, atol=1e-5 * scale)


def test_the_regression_on_all_coalitions_of_any_game_gives_its_shapley_values() -> None:
    regions, rng = 5, np.random.default_rng(0)
    game = {
        members: float(rng.standard_normal())
        for size in range(regions + 1)
        for members in combinations(range(regions), size)
    }
    expected = np.zeros(regions)
    for region in range(regions):
        others = [i for i in range(regions) if i != region]
        for size in range(regions):
            weight = factorial(size) * factorial(regions - 1 - size) / factorial(regions)
            for members in combinations(others, size):
                joined = tuple(sorted((*members, region)))
                expected[region] += weight * (game[joined] - game[members])
    # The regression is for as many coalitions of one size as of another: repeat the rarer ones.
    counts = {k: len(list(combinations(range(regions), k))) for k in range(1, regions)}
    every = lcm(*counts.values())
    rows = [
        [i in members for i in range(regions)]
        for size, count in counts.items()
        for members in combinations(range(regions), size)
        for _ in range(every // count)
    ]
    design = shapley_regression(torch.tensor(rows))
    outputs = [game[tuple(np.flatnonzero(kept))] for kept in design.kept.numpy()]
    np.testing.assert_allclose(design.P.numpy() @ outputs, expected, rtol=1e-9, atol=1e-12)


class _SameCoalitions(KernelShap):  # type: ignore[misc]
    """Captum's regression on given coalitions, with the weights that sizes alike call for."""

    kept: Tensor

    def kernel_shap_perturb_generator(self, *inputs: Tensor, **rest: object) -> Iterator[Tensor]:
        for kept in self.kept:
            yield kept[None].long()

    def kernel_shap_similarity_kernel(
        self, x: Tensor, other: Tensor, kept: Tensor, **rest: object
    ) -> Tensor:
        k, regions = int(kept.sum()), kept.shape[1]
        return torch.tensor([regions / (k * (regions - k)) if 0 < k < regions else 1e6])


def test_captum_finds_the_same_on_the_same_coalitions() -> None:
    model, given = closed_form(Product()), batch(rows=2)
    drawn = balanced_coalitions(24, 80, np.random.default_rng(0))
    design = shapley_regression(torch.from_numpy(drawn))
    captum = _SameCoalitions(model.log_odds)
    captum.kept = design.kept
    region = grid(2)
    found = design.attribute(model, given, divide("grid-2", given))
    for row in range(2):
        with torch.no_grad():
            expected = captum.attribute(
                given.z[row : row + 1],
                baselines=0.0,
                additional_forward_args=(given.target[row : row + 1],),
                feature_mask=region[None],
                n_samples=len(design.kept),
                perturbations_per_eval=8,
            )
        scale = float(expected.abs().max())
        torch.testing.assert_close(500 * found[row], expected[0], rtol=1e-3, atol=1e-3 * scale)


def test_orders_give_the_mean_of_literal_gains() -> None:
    rng = np.random.default_rng(0)
    game: dict[tuple[int, ...], float] = {}

    def value(members: list[int]) -> float:
        return game.setdefault(tuple(sorted(members)), float(rng.standard_normal()))

    orders = [[2, 0, 4, 1, 3], [1, 3, 2, 4, 0], [4, 3, 2, 1, 0]]
    expected = np.zeros(5)
    for order in orders:
        for place, region in enumerate(order):
            expected[region] += (value(order[: place + 1]) - value(order[:place])) / len(orders)
    design = mean_gain(torch.tensor(orders))
    assert len(design.kept) == 3 * 4 + 2
    outputs = [game[tuple(np.flatnonzero(kept))] for kept in design.kept.numpy()]
    np.testing.assert_allclose(design.P.numpy() @ outputs, expected, rtol=1e-12)
