"""Clutter and effective complexity against loops over samples."""

import numpy as np
import pytest
import torch

from tests.scoring.cases import case, metric
from xai_bench.scoring import Scorer, build_scorer
from xai_bench.scoring.metrics.complexity import Clutter, EffectiveComplexity


def _scores(scorer: Scorer, attribution: torch.Tensor) -> list[float]:
    return [float(value) for value in scorer.score(case(attribution=attribution)).values]


def _pieces(attribution: np.ndarray, share: float) -> int:
    """Lower the threshold from value to value until enough is held; then count runs."""
    a = np.abs(attribution)
    for threshold in sorted(set(a.ravel().tolist()), reverse=True):
        inside = a >= threshold
        if a[inside].sum() >= share * a.sum():
            break
    pieces = 0
    for lead in inside:
        before = False
        for sample in lead:
            pieces += bool(sample) and not before
            before = bool(sample)
    return pieces


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_clutter_sample_by_sample_with_ties(share: float) -> None:
    random = np.random.default_rng(3)
    attribution = random.integers(-4, 5, (6, 3, 20)).astype(np.float32)
    attribution[1] = random.standard_normal((3, 20))
    expected = [_pieces(one.astype(np.float64), share) for one in attribution]
    assert _scores(Clutter(share=share), torch.from_numpy(attribution)) == expected
    assert len(set(expected)) > 2


def test_clutter_of_what_a_reader_sees() -> None:
    scorer = build_scorer(metric("clutter"))
    waves = torch.zeros(2, 12, 1000)
    waves[0, 3, 100:160] = 1
    waves[0, 3, 400:460] = -2
    waves[0, 7, 400:460] = 1
    waves[1, 0, 990:] = 1
    waves[1, 1, :10] = 1  # where one lead ends no piece goes on in the next
    assert _scores(scorer, waves) == [3, 2]
    haze = 1e-5 * torch.rand(2, 12, 1000, generator=torch.Generator().manual_seed(0))
    faint = waves.where(waves != 0, haze)
    assert _scores(scorer, faint) == [3, 2]
    assert _scores(scorer, torch.ones(2, 12, 1000)) == [12, 12]
    comb = torch.zeros(2, 12, 1000)
    comb[..., ::2] = 1
    assert _scores(scorer, comb) == [6000, 6000]


def test_effective_complexity_sample_by_sample() -> None:
    attribution = torch.randn(3, 4, 50, generator=torch.Generator().manual_seed(1)) ** 3
    expected = []
    for one in attribution:
        largest = max(abs(float(value)) for value in one.ravel())
        expected.append(sum(abs(float(value)) > 0.01 * largest for value in one.ravel()))
    found = _scores(EffectiveComplexity(least=0.01), attribution)
    assert found == expected
    assert len(set(expected)) > 1
    assert max(expected) < 200
    attribution[2] *= 1000  # the others do not become faint beside it
    assert _scores(EffectiveComplexity(least=0.01), attribution) == found
