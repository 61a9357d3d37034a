"""Attributions of sets against what changing the sets does, a set at a time in numpy."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
import torch

from tests.closed_forms import Detached, Linear, Quadratic, closed_form
from tests.scoring.cases import case, metric, value
from tests.scoring.written_out import Recording, W, agree, largest, m, two, without
from xai_bench.generators import permutations, seed_tensor
from xai_bench.randomness import seed_for
from xai_bench.scoring import Unscorable, build_scorer
from xai_bench.scoring.metrics.faithfulness.predicted_effect import (
    FaithfulnessEstimate,
    MonotonicityCorrelation,
    SensitivityN,
)

SHARES = [0.01, 0.1, 0.8]
SHAPE = (2, 12, 1000)


def _noise(rows: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(rows, 12, 1000, generator=torch.Generator().manual_seed(seed))


def test_sensitivity_n_of_a_net_without_gradients_set_by_set() -> None:
    given = case(model=closed_form(Detached()), attribution=_noise(2))
    found = SensitivityN(shares=SHARES, sets=4, sets_without_gradient=6).score(given).values
    w = Quadratic().w.detach().double().numpy()
    for row, record_id in enumerate(("00001", "00002")):
        z = given.block.z[row].double().numpy()
        a = given.attribution[row].double().numpy().ravel()
        correlations = []
        for share, size in zip(SHARES, (120, 1200, 9600), strict=True):
            seed = seed_for(0, record_id, f"sensitivity-n {share:g}")
            orders = permutations(seed_tensor([seed]), 6, 12_000)[0].numpy()
            sums, falls = [], []
            for order in orders:
                blanked = z.copy().ravel()
                blanked[order[:size]] = 0.0
                falls.append((w * z**2).sum() / 2 - (w.ravel() * blanked**2).sum() / 2)
                sums.append(a[order[:size]].sum())
            correlations.append(np.corrcoef(sums, falls)[0, 1])
        assert float(found[row]) == pytest.approx(np.mean(correlations), abs=1e-4)
    assert abs(float(found[0] - found[1])) > 1e-3


def test_sensitivity_n_of_additive_falls_is_the_correlation_of_their_samples() -> None:
    given = case(model=closed_form(Quadratic()), attribution=_noise(2))
    exact = Quadratic().w.detach() * given.block.z.square() / 2
    given = case(model=closed_form(Quadratic()), attribution=exact + exact.std() * _noise(2))
    found = SensitivityN(shares=SHARES, sets=4, sets_without_gradient=6).score(given).values
    for row in range(2):
        samples = [one[row].double().numpy().ravel() for one in (given.attribution, exact)]
        assert float(found[row]) == pytest.approx(np.corrcoef(samples)[0, 1], abs=1e-6)


def test_the_exact_attribution_of_a_linear_model_scores_one_and_its_negative_minus_one() -> None:
    z = case(attribution=torch.ones(SHAPE)).block.z
    exact = Linear().w.detach() * z
    scorer = build_scorer(metric("sensitivity_n"))
    for sign in (1, -3):
        found = scorer.score(case(attribution=sign * exact)).values
        torch.testing.assert_close(found, torch.full_like(found, np.sign(sign)), atol=1e-5, rtol=0)


def test_sets_are_shared_by_methods() -> None:
    given = case(attribution=_noise(2))
    scorer = SensitivityN(shares=SHARES, sets=4, sets_without_gradient=6)
    first = scorer.score(given)
    given.block.forward = None  # type: ignore[assignment]  # a second method asks for no forward
    assert torch.equal(scorer.score(given).values, first.values)


def test_an_attribution_that_tells_no_sets_apart_has_no_score() -> None:
    found = SensitivityN(shares=SHARES, sets=4, sets_without_gradient=6).score(
        case(attribution=torch.ones(SHAPE))
    )
    assert found.values.isnan().all()
    assert found.reason_of_each()[1].startswith("all sets of one size have the same attribution")


SCORER = MonotonicityCorrelation(size=500, draws=2, low=-1.0, high=1.0)


def test_groups_by_size_of_attribution_against_the_squared_change() -> None:
    given = two()
    record_ids = iter(given.block.record_id)

    def written_out(z: np.ndarray, a: np.ndarray) -> float:
        seed = seed_for(0, next(record_ids), "MonotonicityCorrelation")
        draw = np.random.RandomState(seed % 2**32)
        rising = largest(np.abs(a))[::-1]
        sums, effects = [], []
        for first in range(0, W.size, 500):
            group = rising[first : first + 500]
            sums.append(sum(abs(a[place]) for place in group))
            squares = []
            for _ in range(2):
                u, changed = draw.uniform(-1, 1), z.copy()
                for place in group:
                    changed[place] = u
                squares.append((m(changed) - m(z)) ** 2)
            effects.append(np.mean(squares))
        return float(scipy.stats.spearmanr(sums, effects)[0])

    agree(SCORER, given, written_out)


def test_samples_that_say_alike_have_no_order() -> None:
    with pytest.raises(Unscorable, match="all groups have the same attribution or effect"):
        value(SCORER, two(torch.ones(1, *W.shape)))


SIZE = 500
COUNTS = range(0, W.size + 1, SIZE)


def test_faithfulness_estimate() -> None:
    def written_out(z: Recording, a: Recording) -> float:
        order = largest(a)
        groups = [order[k : k + SIZE] for k in COUNTS[:-1]]
        sums = [sum(a[place] for place in group) for group in groups]
        falls = [m(z) - m(without(z, group)) for group in groups]
        return float(np.corrcoef(sums, falls)[0, 1])

    agree(FaithfulnessEstimate(size=SIZE), two(), written_out)
