"""Axioms against numpy, a region at a time, and on models that are known in closed form."""

import numpy as np
import pytest
import torch

from tests.closed_forms import Linear, Quadratic, closed_form
from tests.scoring.cases import case, metric
from xai_bench.generators import normal, seed_tensor
from xai_bench.methods.controls import Amplitude, Random
from xai_bench.methods.gradients import InputXGradient
from xai_bench.models import Model
from xai_bench.randomness import seed_for
from xai_bench.scoring import build_scorer
from xai_bench.scoring.metrics.axiomatic import Completeness, InputInvariance, NonSensitivity

W = Quadratic().w.detach().double().numpy()


def _noise(rows: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(rows, 12, 1000, generator=torch.Generator().manual_seed(seed))


def _z(rows: int) -> torch.Tensor:
    return case(attribution=_noise(rows)).block.z


def test_completeness_in_numpy() -> None:
    given = case(model=closed_form(Quadratic()), attribution=_noise(2))
    for row, found in enumerate(Completeness().score(given).values.tolist()):
        due = (W * given.block.z[row].double().numpy() ** 2).sum() / 2
        missed = abs(given.attribution[row].double().numpy().sum() - due)
        assert found == pytest.approx(missed / max(1, abs(due)), rel=1e-4)


def test_exact_attributions_are_complete_and_a_bias_is_not_missed() -> None:
    """Linear has a bias of 0.5, which is m(0) and no part of the sum."""
    exact = Linear().w.detach() * _z(2)
    assert Completeness().score(case(attribution=exact)).values.tolist() == pytest.approx(
        [0, 0], abs=1e-5
    )
    less = exact.clone()
    due = exact.double().sum(dim=(1, 2))
    less[:, 3, 7] -= 0.25
    expected = 0.25 / due.abs().clamp_min(1)
    found = Completeness().score(case(attribution=less)).values
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)


def test_non_sensitivity_region_by_region() -> None:
    z = _z(2)
    silent = (torch.arange(12) % 3 > 0).float()[:, None]
    attribution = silent * torch.from_numpy(W).float() * z + 0.01 * _noise(2)
    given = case(model=closed_form(Quadratic()), attribution=attribution)
    found = build_scorer(metric("non_sensitivity")).score(given).values
    for row in range(2):
        one, a = z[row].double().numpy(), attribution[row].double().numpy()
        effects, sums = [], []
        for lead in range(12):
            for first in range(0, 1000, 100):
                blanked = one.copy()
                blanked[lead, first : first + 100] = 0
                effects.append(abs((W * one**2).sum() / 2 - (W * blanked**2).sum() / 2))
                sums.append(abs(a[lead, first : first + 100].sum()))
        none = [[value <= 0.05 * max(values) for value in values] for values in (effects, sums)]
        differ = [effect != said for effect, said in zip(*none, strict=True)]
        assert 0.1 < float(found[row]) == pytest.approx(np.mean(differ))


def test_non_sensitivity_of_a_linear_model_that_reads_six_leads() -> None:
    net = Linear()
    with torch.no_grad():
        net.w[6:] = 0
    model = closed_form(net)
    exact = net.w.detach() * _z(2)
    scorer = NonSensitivity(regions="grid-10", least=1e-4)
    assert scorer.score(case(model=model, attribution=exact)).values.tolist() == [0, 0]
    everywhere = torch.ones(2, 12, 1000)
    assert scorer.score(case(model=model, attribution=everywhere)).values.tolist() == [0.5, 0.5]
    upside_down = exact.flip(1)
    assert scorer.score(case(model=model, attribution=upside_down)).values.tolist() == [1, 1]
    noise = scorer.score(case(model=model, attribution=_noise(4))).values
    torch.testing.assert_close(noise, torch.full_like(noise, 0.5), atol=0.02, rtol=0)


def test_a_model_that_no_region_moves_has_no_score() -> None:
    net = Linear()
    torch.nn.init.zeros_(net.w)
    scorer = NonSensitivity(regions="grid-10", least=0.05)
    found = scorer.score(case(model=closed_form(net), attribution=_noise(2)))
    assert found.reason_of_each() == ("no region has an effect",) * 2


@pytest.mark.parametrize("method", [InputXGradient(), Amplitude()])
def test_a_constant_in_millivolt_moves_no_attribution_of_z(
    method: InputXGradient | Amplitude,
) -> None:
    model = closed_form(Quadratic())
    batch = case(model=model, attribution=_noise(2)).block.batch
    given = case(model=model, method=method, attribution=method.attribute(model, batch))
    assert InputInvariance(sd=0.5).score(given).values.max() < 1e-5


def test_without_the_normalisation_the_constant_is_seen_lead_by_lead(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """a = w x, so that a(x + c) - a(x) = w c."""
    monkeypatch.setattr(Model, "normalise", lambda self, millivolt: millivolt)
    millivolt = case(attribution=_noise(2)).block.millivolt
    w = Linear().w.detach()
    found = InputInvariance(sd=0.5).score(case(attribution=w * millivolt)).values
    for row, record_id in enumerate(("00001", "00002")):
        (drawn,) = normal(seed_tensor([seed_for(0, record_id, "offset")]), (12, 1))
        constant = 0.5 * drawn
        expected = (w * constant).norm() / (w * millivolt[row]).norm()
        assert float(found[row]) == pytest.approx(float(expected), rel=1e-4)


def test_noise_drawn_afresh_scores_the_square_root_of_two() -> None:
    given = case(method=Random(), attribution=_noise(2))
    found = InputInvariance(sd=0.5).score(given).values
    assert found.tolist() == pytest.approx([2**0.5] * 2, abs=0.05)
