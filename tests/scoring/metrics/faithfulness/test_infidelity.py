"""Infidelity against numpy, a set of regions at a time, and where it is known in closed form."""

import numpy as np
import pytest
import torch

from tests.closed_forms import Linear, Quadratic, closed_form
from tests.scoring.cases import case, metric
from xai_bench.randomness import seed_for
from xai_bench.scoring import Case, build_scorer
from xai_bench.scoring.metrics.faithfulness.infidelity import Infidelity

CARDS = ("infidelity", "infidelity_scaled")


def _noise(rows: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(rows, 12, 1000, generator=torch.Generator().manual_seed(seed))


def _literal(given: Case, row: int) -> tuple[list[float], list[float]]:
    """(sums, falls) of one recording under the quadratic model."""
    w = Quadratic().w.detach().double().numpy()
    z, a = (one[row].double().numpy() for one in (given.block.z, given.attribution))
    seed = seed_for(0, given.block.record_id[row], "region sets")
    place = torch.randperm(240, generator=torch.Generator().manual_seed(seed)).tolist()
    sums, falls = [], []
    for first in range(0, 240, 5):
        inside = np.zeros((12, 1000), dtype=bool)
        for region in range(240):
            if first <= place[region] < first + 5:
                lead, segment = divmod(region, 20)
                inside[lead, 50 * segment : 50 * segment + 50] = True
        assert inside.sum() == 250
        falls.append((w * z**2).sum() / 2 - (w * np.where(inside, 0, z) ** 2).sum() / 2)
        sums.append(a[inside].sum())
    return sums, falls


@pytest.mark.parametrize("scale", [0.3, -0.3])
def test_infidelity_set_by_set(scale: float) -> None:
    z = case(attribution=_noise(2)).block.z
    attribution = scale * Quadratic().w.detach() * z.square() + 0.003 * _noise(2)
    given = case(model=closed_form(Quadratic()), attribution=attribution)
    raw, scaled = (build_scorer(metric(name)).score(given).values for name in CARDS)
    assert (raw[0] - raw[1]).abs() > 1e-3
    for row in range(2):
        sums, falls = (np.array(one) for one in _literal(given, row))
        literal = ((sums - falls) ** 2).mean() / (falls**2).mean()
        assert float(raw[row]) == pytest.approx(literal, rel=1e-4)
        steps = np.linspace(0, 10, 100_001)[:, None]
        missed = ((steps * sums - falls) ** 2).mean(axis=1) / (falls**2).mean()
        assert float(scaled[row]) == pytest.approx(missed.min(), rel=1e-4)


def test_the_exact_attribution_of_a_linear_model_scores_zero_in_any_unit_if_scaled() -> None:
    exact = Linear().w.detach() * case(attribution=_noise(2)).block.z
    raw, scaled = (build_scorer(metric(name)) for name in CARDS)
    torch.testing.assert_close(
        raw.score(case(attribution=exact)).values, torch.zeros(2).double(), atol=1e-8, rtol=0
    )
    tripled = case(attribution=3 * exact)
    assert raw.score(tripled).values.tolist() == pytest.approx([4, 4], rel=1e-4)
    assert scaled.score(tripled).values.tolist() == pytest.approx([0, 0], abs=1e-8)
    opposite = case(attribution=-exact)
    assert raw.score(opposite).values.tolist() == pytest.approx([4, 4], rel=1e-4)
    assert scaled.score(opposite).values.tolist() == [1, 1]


def test_saying_nothing_scores_one_and_so_does_noise_about() -> None:
    model = closed_form(Quadratic())
    faint = 1e-9 * torch.ones(2, 12, 1000)
    raw, scaled = (build_scorer(metric(name)) for name in CARDS)
    found = raw.score(case(model=model, attribution=faint)).values
    assert found.tolist() == pytest.approx([1, 1], abs=1e-4)
    noise = scaled.score(case(model=model, attribution=_noise(16))).values
    assert (noise <= 1).all()
    assert 0.95 < float(noise.mean()) < 1


def test_a_model_that_no_set_moves_has_no_score() -> None:
    net = Linear()
    torch.nn.init.zeros_(net.w)
    scorer = Infidelity(regions="grid-20", size=5, scaled=False)
    found = scorer.score(case(model=closed_form(net), attribution=_noise(2)))
    assert found.values.isnan().all()
    assert found.reasons == ("no set has an effect",) * 2
