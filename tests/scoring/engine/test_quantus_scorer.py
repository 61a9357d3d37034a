"""Metrics of Quantus, as our cards call them, against closed forms and literal re-computations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.closed_forms import Linear, Quadratic, closed_form
from tests.scoring.cases import case, metric, value
from xai_bench.cards import MetricCard
from xai_bench.errors import CardError
from xai_bench.generators import normal, seed_tensor
from xai_bench.methods import Batch
from xai_bench.methods.controls import Random
from xai_bench.methods.gradients import InputXGradient, Saliency
from xai_bench.scoring import Case, Unscorable, build_scorer
from xai_bench.scoring.engine.quantus_scorer import QuantusScorer, white_noise
from xai_bench.zoo import Metric, Zoo

QUANTUS = [found for found in Zoo().every_metric() if found.card.quantus is not None]


def score(name: str, given: Case) -> float:
    return value(QuantusScorer(metric(name)), given)


@pytest.mark.parametrize("found", QUANTUS, ids=lambda found: found.name)
def test_cards_pin_every_parameter_of_quantus(found: Metric) -> None:
    QuantusScorer(found)
    for pinned in found.card.params:
        params = {key: value for key, value in found.card.params.items() if key != pinned}
        card = MetricCard.model_validate(found.card.model_dump() | {"params": params})
        with pytest.raises(CardError, match=f"missing .'{pinned}'"):
            QuantusScorer(Metric(name=found.name, family=found.family, card=card))


@pytest.mark.parametrize("target", [0, 1])
@pytest.mark.parametrize("name", ["faithfulness_correlation_quantus", "faithfulness_estimate"])
def test_the_exact_attribution_of_a_linear_model_is_perfectly_faithful(
    name: str, target: int
) -> None:
    assert score(name, case(target=target)) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("name", ["faithfulness_correlation_quantus", "faithfulness_estimate"])
def test_its_negative_is_perfectly_unfaithful(name: str) -> None:
    assert score(name, case(attribution=-case().attribution)) == pytest.approx(-1, abs=1e-3)


def test_faithfulness_of_a_random_map_is_no_better_than_chance() -> None:
    found = [
        score("faithfulness_correlation_quantus", case(method=Random(), seed=s)) for s in range(8)
    ]
    assert abs(np.mean(found)) < 4 / np.sqrt(8 * 50)


@pytest.mark.parametrize("target", [0, 1])
def test_region_perturbation_literally(target: int) -> None:
    given = case(target=target)
    contribution = (2 * target - 1) * given.block.model.net.get_parameter("w") * given.block.z[0]
    windows = contribution.reshape(12, 20, 50).sum((0, 2)).sort(descending=True).values
    literal = windows.cumsum(0).mean()
    assert score("region_perturbation", given) == pytest.approx(float(literal), rel=1e-3)


def _noisy(given: Case) -> list[torch.Tensor]:
    """The two noisy recordings that stability metrics draw: 20 dB below the recording's power."""
    state = np.random.RandomState(given.block.seeds("noise")[0] % 2**32)
    leads = given.block.millivolt.double()
    power = ((leads - leads.mean(-1, keepdim=True)) ** 2).mean()
    seeds = [int(state.randint(2**63 - 1, dtype=np.int64)) for _ in range(2)]
    noise = normal(seed_tensor(seeds), (1, 12, 1000)).double() * np.sqrt(float(power) / 100)
    return [(leads + part).float() for part in noise]


def test_sensitivity_literally() -> None:
    model = closed_form(Quadratic())
    given = case(model=model, method=InputXGradient())
    explained = [InputXGradient().attribute(model, _with(given, x)) for x in _noisy(given)]
    changes = [float((a - given.attribution).norm() / given.attribution.norm()) for a in explained]
    assert score("max_sensitivity", given) == pytest.approx(max(changes), rel=1e-4)
    assert score("avg_sensitivity", given) == pytest.approx(np.mean(changes), rel=1e-4)


def test_local_lipschitz_literally() -> None:
    model = closed_form(Quadratic())
    given = case(model=model, method=InputXGradient())
    a = given.attribution / given.attribution.abs().max()
    slopes = []
    for x in _noisy(given):
        b = InputXGradient().attribute(model, _with(given, x))
        slopes.append(float((a - b / b.abs().max()).norm() / (x - given.block.millivolt).norm()))
    assert score("local_lipschitz", given) == pytest.approx(max(slopes), rel=1e-3)


def test_relative_output_stability_literally() -> None:
    model = closed_form(Quadratic())
    given = case(model=model, method=InputXGradient())
    a, m = given.attribution.double(), model.log_odds(given.block.z, 1)
    ratios = []
    for x in _noisy(given):
        noisy = _with(given, x)
        b = InputXGradient().attribute(model, noisy).double()
        ratios.append(float(((a - b) / a).norm() / (m - model.log_odds(noisy.z, 1)).abs()))
    literal = np.log10(max(ratios))
    assert score("relative_output_stability_quantus", given) == pytest.approx(literal, abs=1e-2)


def _with(given: Case, millivolt: torch.Tensor) -> Batch:
    return replace(given.block.batch, z=given.block.model.normalise(millivolt))


def test_an_explanation_that_ignores_the_recording_is_perfectly_stable() -> None:
    assert score("max_sensitivity", case(method=Saliency())) == 0
    assert score("local_lipschitz", case(method=Saliency())) == 0


def test_stability_metrics_ask_for_each_noisy_recording_once() -> None:
    given = case(model=closed_form(Quadratic()))
    for name in ("max_sensitivity", "avg_sensitivity", "relative_output_stability_quantus"):
        score(name, given)
    assert len(given.memo(("explained for Quantus", "millivolt", 0), dict)) == 2


def test_complexity_literally() -> None:
    given = case()
    a = given.attribution.abs().double().flatten().sort().values
    k, count = torch.arange(1, 12001), 12000
    gini = ((2 * k - count - 1) * a).sum() / (count * a.sum())
    assert score("sparseness", given) == pytest.approx(float(gini), abs=1e-4)
    p = a / a.sum()
    assert score("complexity/complexity", given) == pytest.approx(
        float(-(p * p.log()).sum()), abs=1e-4
    )


def test_scores_depend_on_seed_and_recording_alone_and_leave_no_trace() -> None:
    np.random.seed(1)
    before = np.random.get_state(legacy=False)["state"]["key"].copy()
    first = score("faithfulness_correlation_quantus", case(method=Random()))
    assert np.array_equal(before, np.random.get_state(legacy=False)["state"]["key"])
    np.random.random(10)
    assert score("faithfulness_correlation_quantus", case(method=Random())) == first
    other = score("faithfulness_correlation_quantus", case(method=Random(), seed=1))
    assert other != first


def test_stability_does_not_depend_on_the_unit_a_net_would_like() -> None:
    """Noise enters in millivolt: a net that reads microvolt gets the same score."""

    class Microvolt(Linear):
        def forward(self, z: torch.Tensor) -> torch.Tensor:
            return super().forward(z * 1000)

    for name in ("max_sensitivity", "local_lipschitz"):
        expected = score(name, case(model=closed_form(Quadratic()), method=InputXGradient()))
        assert expected > 0
    plain, scaled = (case(model=closed_form(net)) for net in (Linear(), Microvolt()))
    assert score("max_sensitivity", scaled) == pytest.approx(score("max_sensitivity", plain))


def test_a_constant_map_is_a_counted_failure_not_a_crash() -> None:
    with pytest.raises(Unscorable, match="zero everywhere"):
        score("faithfulness_correlation_quantus", case(attribution=torch.zeros(1, 12, 1000)))
    with pytest.raises(Unscorable, match="Quantus: "):
        score("faithfulness_correlation_quantus", case(attribution=torch.ones(1, 12, 1000)))


@pytest.mark.parametrize(("value", "reason"), [(np.nan, "nan"), (-1.0, "-1, which has no log10")])
def test_what_quantus_returns_and_is_no_score(value: float, reason: str) -> None:
    scorer = QuantusScorer(metric("relative_output_stability_quantus"))
    scorer._metric = lambda **_: [value]
    assert scorer.score(case()).reason_of_each()[0].startswith(f"Quantus returned {reason}")


def test_a_card_that_does_not_fit_quantus_is_named() -> None:
    good = metric("sparseness")
    for change, message in (
        ({"target": "quantus:Sparsness"}, "no metric 'Sparsness'"),
        ({"params": {"abs": True, "nonsense": 1}}, "nonsense"),
    ):
        card = MetricCard.model_validate(good.card.model_dump() | change)
        with pytest.raises(CardError, match=message):
            build_scorer(Metric(name="mine", family="complexity", card=card), "quantus")


def test_bounds_of_quantus_own_noise_change_nothing() -> None:
    x = np.ones((1, 12000), dtype=np.float32)
    x[:, ::2] = -1
    drawn = []
    for bounds in ({}, {"lower_bound": 5.0, "upper_bound": 9.0}):
        np.random.seed(1)
        drawn.append(white_noise(x, np.arange(12000)[None], snr_db=20.0, **bounds))
    first, second = drawn
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, x)
