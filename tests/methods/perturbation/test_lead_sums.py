"""Coalitions of leads from sums: the same as full passes over recordings with leads replaced."""

from __future__ import annotations

import pytest
import torch

from tests.closed_forms import CARD
from xai_bench.cards import ModelCard
from xai_bench.methods.base import Batch
from xai_bench.methods.perturbation.masked_passes import log_odds_of_coalitions
from xai_bench.methods.perturbation.regions import LEAD_GROUPS, divide
from xai_bench.methods.perturbation.shapley import LeadShapley
from xai_bench.models import Model
from xai_bench.nets.cnn_lstm import CNNLSTM
from xai_bench.types import LEADS


def _model() -> Model:
    torch.manual_seed(3)
    card = ModelCard.model_validate(CARD | {"target": "cnn-lstm", "params": {}})
    return Model.from_card(name="x", card=card, net=CNNLSTM(), device=torch.device("cpu"))


def _batch(*, baseline: bool) -> Batch:
    drawn = torch.Generator().manual_seed(5)
    return Batch(
        z=torch.randn(2, 12, 64, generator=drawn),
        target=torch.tensor([1, 0]),
        recording_seeds=torch.tensor([4, 9]),
        baseline=torch.randn(2, 12, 64, generator=drawn) if baseline else None,
    )


@pytest.mark.parametrize("baseline", [False, True])
@pytest.mark.parametrize("kind", ["leads", "lead-groups"])
def test_each_coalition_is_a_full_pass(kind: str, baseline: bool) -> None:
    model, batch = _model(), _batch(baseline=baseline)
    regions = divide(kind, batch).renumbered(batch)
    kept = torch.rand(300, len(regions), generator=torch.Generator().manual_seed(1)) < 0.5
    found = log_odds_of_coalitions(model, batch, regions, kept)
    for row in range(2):
        instead = torch.zeros(12, 64) if batch.baseline is None else batch.baseline[row]
        for k in (0, 1, 255, 256, 299):
            z = instead.clone()
            for lead in range(12):
                if kept[k, regions.index[row, lead, 0]]:
                    z[lead] = batch.z[row, lead]
            with torch.inference_mode():
                expected = model.log_odds(z[None], int(batch.target[row]))
            torch.testing.assert_close(found[row, k : k + 1], expected, rtol=1e-4, atol=1e-6)


def test_of_groups_each_lead_follows_its_group() -> None:
    regions = divide("lead-groups", _batch(baseline=False))
    assert regions.of_lead is not None
    for number, members in enumerate(LEAD_GROUPS.values()):
        for name in members:
            assert int(regions.of_lead[0, LEADS.index(name)]) == number


def test_values_are_the_mean_gain_over_orders() -> None:
    """Shapley's definition, over many random orders, by full passes."""
    model, batch = _model(), _batch(baseline=False)
    exact = LeadShapley().attribute(model, batch)[0].double().sum(dim=1)
    gains, rng = torch.zeros(12, dtype=torch.float64), torch.Generator().manual_seed(2)
    orders = 150
    for _ in range(orders):
        order = torch.randperm(12, generator=rng)
        versions = torch.zeros(13, 12, 64)
        for step, lead in enumerate(order.tolist()):
            versions[step + 1 :, lead] = batch.z[0, lead]
        with torch.inference_mode():
            gains[order] += model.log_odds(versions, 1).double().diff()
    spread = exact.abs().max()
    assert float((gains / orders - exact).abs().max() / spread) < 0.05
    with torch.inference_mode():
        ends = model.log_odds(torch.stack([batch.z[0], torch.zeros(12, 64)]), 1).double()
    torch.testing.assert_close(exact.sum(), ends[0] - ends[1], rtol=1e-3, atol=1e-5)
