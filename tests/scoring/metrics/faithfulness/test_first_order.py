"""Scores beside what the gradient foretells, against closed forms and against very many sets."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
import torch
from jaxtyping import Float
from torch import Tensor

from tests.closed_forms import Detached, Linear, Product, Quadratic, closed_form
from tests.scoring.cases import case, metric
from xai_bench.generators import permutations, seed_tensor
from xai_bench.memo import Memo
from xai_bench.models import Model
from xai_bench.randomness import seed_for
from xai_bench.scoring import Case, build_scorer
from xai_bench.scoring.engine.forward import Forward
from xai_bench.scoring.metrics.faithfulness.first_order import (
    Regression,
    covariance_of_sums,
    first_order,
)
from xai_bench.scoring.metrics.faithfulness.predicted_effect import (
    FaithfulnessCorrelation,
    Infidelity,
)

CORRELATION = FaithfulnessCorrelation(sets=10, size=600, sets_without_gradient=50)
SIZE, REGIONS, SET = 600, 240, 20


def _noise(rows: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(rows, 12, 1000, generator=torch.Generator().manual_seed(seed))


def _half_right(model: Model, noise: float) -> Case:
    """Two recordings with the gradient's own map, and noise of as many times its size on it."""
    plain = case(model=model, attribution=_noise(2))
    map_ = first_order(plain.block)
    assert map_ is not None
    return case(model=model, attribution=map_ + noise * map_.std() * _noise(2))


def test_covariances_are_those_of_all_sets_there_are() -> None:
    a, b = torch.randn(2, 3, 7, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    every = list(combinations(range(7), 3))
    for row, found in enumerate(covariance_of_sums(a, b, 3).tolist()):
        sums = [[float(one[row, list(chosen)].sum()) for chosen in every] for one in (a, b)]
        assert found == pytest.approx(np.cov(sums, bias=True)[0, 1])


def test_a_regression_is_the_line_of_least_squares() -> None:
    fall, foretold, sums = torch.randn(3, 2, 9, dtype=torch.float64)
    found = Regression.of(fall, foretold)
    for row in range(2):
        slope, intercept = np.polyfit(foretold[row].numpy(), fall[row].numpy(), 1)
        rest = fall[row].numpy() - intercept - slope * foretold[row].numpy()
        assert float(found.slope[row]) == pytest.approx(slope)
        assert float(found.variance()[row]) == pytest.approx((rest**2).sum() / 7)
        together = ((sums[row].numpy() - sums[row].numpy().mean()) * rest).sum() / 7
        assert float(found.covariance(sums)[row]) == pytest.approx(together)


def test_what_foretells_nothing_leaves_all() -> None:
    fall = torch.randn(1, 9, dtype=torch.float64)
    found = Regression.of(fall, torch.ones_like(fall))
    assert found.slope.tolist() == [0]
    torch.testing.assert_close(found.rest, fall - fall.mean())


def test_the_first_order_prediction_is_z_times_the_gradient_made_once() -> None:
    given = case(model=closed_form(Quadratic()), attribution=_noise(2))
    found = first_order(given.block)
    torch.testing.assert_close(found, Quadratic().w.detach() * given.block.z.square())
    given.block.forward = None  # type: ignore[assignment]
    assert first_order(given.block) is found
    assert first_order(case(model=closed_form(Detached()), attribution=_noise(1)).block) is None


def test_of_a_recording_whose_gradient_is_not_finite_nothing_is_foretold() -> None:
    class Rooted(Linear):
        def forward(self, z: Float[Tensor, "record lead time"]) -> Float[Tensor, "record output"]:
            root = (50 - z[:, 0, 0]).abs().sqrt()
            return super().forward(z) + 0 * root.unsqueeze(1)

    given = case(model=closed_form(Rooted()), attribution=_noise(2))
    z = given.block.z.clone()
    z[1, 0, 0] = 50
    given.block.batch = replace(given.block.batch, z=z)
    found = first_order(given.block)
    assert found is not None
    torch.testing.assert_close(found[0], (Linear().w * z[0]).detach())
    assert not found[1].any()
    assert bool(CORRELATION.score(given).values.isfinite().all())


def test_correlation_with_additive_falls_is_that_of_their_samples() -> None:
    """Sums over random sets correlate as their summands do, so no draw is left in the score."""
    given = _half_right(closed_form(Quadratic()), 1.0)
    fall = Quadratic().w.detach() * given.block.z.square() / 2
    found = CORRELATION.score(given).values
    for row in range(2):
        samples = [one[row].double().numpy().ravel() for one in (given.attribution, fall)]
        assert float(found[row]) == pytest.approx(np.corrcoef(samples)[0, 1], abs=1e-6)
    assert 0.5 < float(found[0]) < 0.9


@pytest.mark.parametrize(("scaled", "rounds"), [(False, 1), (True, 1), (False, 2)])
def test_infidelity_of_additive_falls_is_that_of_all_sets(scaled: bool, rounds: int) -> None:
    """E of a product of sums, by how likely two regions are in one set."""
    given = _half_right(closed_form(Quadratic()), 3.0)
    fall = Quadratic().w.detach() * given.block.z.square() / 2
    scorer = Infidelity(
        regions="grid-20", size=SET, scaled=scaled, rounds=rounds, rounds_without_gradient=3
    )
    found = scorer.score(given).values
    pair = SET * (SET - 1) / (REGIONS * (REGIONS - 1))
    likely = np.where(np.eye(REGIONS, dtype=bool), SET / REGIONS, pair)
    for row in range(2):
        a, f = (
            one[row].double().numpy().reshape(REGIONS, 50).sum(1)
            for one in (given.attribution, fall)
        )
        square, product, fall_square = a @ likely @ a, a @ likely @ f, f @ likely @ f
        scale = max(product / square, 0) if scaled else 1
        missed = (scale**2 * square - 2 * scale * product + fall_square) / fall_square
        assert float(found[row]) == pytest.approx(missed, rel=1e-5)
        assert missed > 0.05


def _with_seed(given: Case, seed: int) -> Case:
    block = replace(given.block, seed=seed, memo=Memo())
    return Case(block=block, method=given.method, attribution=given.attribution)


def _product(sums: Float[np.ndarray, "set vw"], whole: Float[np.ndarray, " vw"]) -> np.ndarray:
    """Falls of the model Product where sums of v z and w z are taken away."""
    left = whole - sums
    fall: np.ndarray = np.tanh(whole[0]) * whole[1] - np.tanh(left[:, 0]) * left[:, 1]
    return fall


def _every_set(given: Case, row: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """(sums, falls) of so many sets of 600 samples, drawn by numpy."""
    net = Product()
    z, a = (one[row].double() for one in (given.block.z, given.attribution))
    maps = torch.stack([net.v * z, net.w * z, a]).flatten(1).detach().numpy().T
    rng = np.random.default_rng(row)
    sums = np.stack(
        [maps[rng.choice(len(maps), SIZE, replace=False)].sum(axis=0) for _ in range(count)]
    )
    return sums[:, 2], _product(sums[:, :2], maps[:, :2].sum(axis=0))


@pytest.mark.slow
def test_ten_sets_estimate_what_very_many_say_and_vary_less_than_fifty() -> None:
    given = _half_right(closed_form(Product()), 1.0)
    few = torch.stack([CORRELATION.score(_with_seed(given, k)).values for k in range(24)]).numpy()
    for row in range(2):
        sums, falls = _every_set(given, row, 2000)
        exact = np.corrcoef(sums, falls)[0, 1]
        error = few[:, row].std(ddof=1) / np.sqrt(len(few)) + (1 - exact**2) / np.sqrt(2000)
        assert few[:, row].mean() == pytest.approx(exact, abs=3 * error)
        assert few[:, row].std() < (1 - exact**2) / np.sqrt(50)


def test_few_sets_written_out() -> None:
    given = _half_right(closed_form(Product()), 1.0)
    found = CORRELATION.score(given).values
    net, variance = Product(), SIZE * (1 - SIZE / 12_000) / 11_999
    for row, record_id in enumerate(given.block.record_id):
        seed = seed_for(0, record_id, "faithfulness correlation")
        orders = permutations(seed_tensor([seed]), 10, 12_000)[0, :, :SIZE].numpy()
        z, a = (one[row].double() for one in (given.block.z, given.attribution))
        v, w = (weight.detach().double() * z for weight in (net.v, net.w))
        tanh = v.sum().tanh()
        gradient = tanh * w + (1 - tanh**2) * w.sum() * v
        maps = torch.stack([v, w, a, gradient]).flatten(1).numpy()
        sums = maps[:, orders].sum(axis=2)
        fall = _product(sums[:2].T, maps[:2].sum(axis=1))
        slope, intercept = np.polyfit(sums[3], fall, 1)
        rest = fall - intercept - slope * sums[3]
        (of_a, of_both), (_, of_gradient) = variance * 11_999 * np.cov(maps[2:], bias=False)
        both = slope * of_both + (sums[2] - sums[2].mean()) @ rest / 8
        falls = slope**2 * of_gradient + rest @ rest / 8
        assert float(found[row]) == pytest.approx(both / np.sqrt(of_a * falls), abs=1e-4)


def test_a_net_without_gradients_has_fifty_sets_and_the_plain_correlation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given, rows = case(model=closed_form(Detached()), attribution=_noise(2)), []
    one = Forward._one

    def counted(self: Forward, z: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        rows.append(len(z))
        return one(self, z, target)

    monkeypatch.setattr(Forward, "_one", counted)
    found = CORRELATION.score(given).values
    assert sum(rows) == 2 * (1 + 50)
    w = Quadratic().w.detach().double()
    for row, record_id in enumerate(given.block.record_id):
        seed = seed_for(0, record_id, "faithfulness correlation")
        orders = permutations(seed_tensor([seed]), 50, 12_000)[0, :, :SIZE]
        fall = (w * given.block.z[row].double().square() / 2).flatten()[orders].sum(dim=1)
        sums = given.attribution[row].double().flatten()[orders].sum(dim=1)
        expected = np.corrcoef(sums.numpy(), fall.numpy())[0, 1]
        assert float(found[row]) == pytest.approx(expected, abs=1e-4)


def test_maps_and_models_that_tell_no_sets_apart_have_no_score() -> None:
    reason = "all sets have the same attribution, or the same effect"
    flat = CORRELATION.score(case(attribution=torch.ones(2, 12, 1000)))
    net = Linear()
    torch.nn.init.zeros_(net.w)
    unmoved = CORRELATION.score(case(model=closed_form(net), attribution=_noise(2)))
    for found in (flat, unmoved):
        assert found.values.isnan().all()
        assert found.reason_of_each() == (reason, reason)


def test_too_few_sets_for_a_regression() -> None:
    with pytest.raises(ValueError, match="sets = 2 are too few for a regression"):
        replace(CORRELATION, sets=2)


CARDS = ("infidelity", "infidelity_scaled")


def _literal(given: Case, row: int) -> tuple[list[float], list[float]]:
    """(sums, falls) of one recording under the quadratic model, in four rounds of 12 sets."""
    w = Quadratic().w.detach().double().numpy()
    z, a = (one[row].double().numpy() for one in (given.block.z, given.attribution))
    seed = seed_for(0, given.block.record_id[row], "region sets")
    sums, falls = [], []
    for order in permutations(seed_tensor([seed]), 4, 240)[0].tolist():
        for first in range(0, 240, 20):
            inside = np.zeros((12, 1000), dtype=bool)
            for region in order[first : first + 20]:
                lead, segment = divmod(region, 20)
                inside[lead, 50 * segment : 50 * segment + 50] = True
            assert inside.sum() == 1000
            falls.append((w * z**2).sum() / 2 - (w * np.where(inside, 0, z) ** 2).sum() / 2)
            sums.append(a[inside].sum())
    return sums, falls


@pytest.mark.parametrize("scale", [0.3, -0.3])
def test_infidelity_of_a_net_without_gradients_set_by_set(scale: float) -> None:
    z = case(attribution=_noise(2)).block.z
    attribution = scale * Quadratic().w.detach() * z.square() + 0.003 * _noise(2)
    given = case(model=closed_form(Detached()), attribution=attribution)
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
    scorer = Infidelity(
        regions="grid-20", size=15, scaled=False, rounds=1, rounds_without_gradient=3
    )
    found = scorer.score(case(model=closed_form(net), attribution=_noise(2)))
    assert found.values.isnan().all()
    assert found.reason_of_each() == ("no set has an effect",) * 2
