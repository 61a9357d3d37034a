"""Exact Shapley values: the definition by permutations, Captum, closed forms."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
import torch
from captum.attr import ShapleyValues
from torch import Tensor

from tests.closed_forms import Linear, Product, Quadratic, batch, closed_form, row_of
from xai_bench.methods.perturbation.exact_shapley import (
    LeadShapley,
    TemporalShapley,
    all_coalitions,
)


@pytest.mark.parametrize("regions", [1, 2, 5, 6])
def test_values_are_the_mean_gain_over_all_orders(regions: int) -> None:
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
    found = all_coalitions(4).attribute(model, given, regions="segments-4")
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


def _sums(method: LeadShapley | TemporalShapley, values: Tensor) -> Tensor:
    """What each lead or segment has together."""
    if isinstance(method, LeadShapley):
        return values.sum(dim=2)
    return values.reshape(len(values), 12, 10, 100).sum(dim=(1, 3))


@pytest.mark.parametrize("method", [LeadShapley(), TemporalShapley()], ids=lambda m: m.name)
def test_regions_get_their_exact_share(method: LeadShapley | TemporalShapley) -> None:
    for net in (Linear(), Quadratic()):
        model, given = closed_form(net), batch(rows=2)
        w = model.net.get_parameter("w")
        terms = w * given.z if isinstance(net, Linear) else w * given.z.square() / 2
        found = method.attribute(model, given)
        expected = _sums(method, terms)
        torch.testing.assert_close(_sums(method, found), expected, rtol=1e-4, atol=1e-4)
        region = found[:, 3] if isinstance(method, LeadShapley) else found[:, :, 300:400]
        assert torch.equal(region.flatten(1).amin(dim=1), region.flatten(1).amax(dim=1))


class Interaction(Linear):
    """<w, z> + 3 a b + 1 / 2, with a the mean of z in V1's first second and b in V6's last."""

    def forward(self, z: Tensor) -> Tensor:
        return super().forward(z) + 3 * (z[:, 6, :100].mean(1) * z[:, 11, 900:].mean(1))[:, None]


@pytest.mark.parametrize(
    ("method", "two"), [(LeadShapley(), (6, 11)), (TemporalShapley(), (0, 9))], ids=["lead", "time"]
)
def test_two_regions_share_what_they_do_together(
    method: LeadShapley | TemporalShapley, two: tuple[int, int]
) -> None:
    model, given = closed_form(Interaction()), batch(rows=2)
    given.z[:, 6, :100] += 1
    given.z[:, 11, 900:] += 2
    together = 3 * given.z[:, 6, :100].mean(dim=1) * given.z[:, 11, 900:].mean(dim=1)
    assert together.min() > 1
    expected = _sums(method, model.net.get_parameter("w") * given.z).detach()
    for region in two:
        expected[:, region] += together / 2
    found = _sums(method, method.attribute(model, given))
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("method", [LeadShapley(), TemporalShapley()], ids=lambda m: m.name)
def test_attributions_keep_their_promise_and_do_not_depend_on_the_batch(
    method: LeadShapley | TemporalShapley,
) -> None:
    model, given = closed_form(Product()), batch(rows=2)
    found, total = method.attribute(model, given), method.total(model, given)
    assert total is not None
    torch.testing.assert_close(found.sum(dim=(1, 2)), total, rtol=1e-4, atol=1e-5)
    alone = method.attribute(model, row_of(given, 1))
    torch.testing.assert_close(alone[0], found[1], rtol=1e-5, atol=1e-8)
