"""Shapley values of regions: closed forms, Captum on the same orders, and what they sum to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch
from captum.attr import ShapleyValueSampling
from torch import Tensor

from tests.closed_forms import Linear, Product, Quadratic, batch, closed_form, grid, row_of
from tests.methods.promise import above_zero, promised
from xai_bench.methods.base import Method
from xai_bench.methods.perturbation.coalitions import drawn_orders
from xai_bench.methods.perturbation.gradient_shapley import SHAP
from xai_bench.methods.perturbation.lime import LIME
from xai_bench.methods.perturbation.regions import divide
from xai_bench.methods.perturbation.rise import RISE
from xai_bench.methods.perturbation.shapley import (
    KernelSHAP,
    LeadShapley,
    PermutationSHAP,
    ShapleyMethod,
    ShapleySampling,
    TemporalShapley,
)

EXACT = (LeadShapley(), TemporalShapley())
ORDERS = (ShapleySampling(), PermutationSHAP())
GRID = (KernelSHAP(), *ORDERS)
REGION = grid(10)


def _sums(method: LeadShapley | TemporalShapley, values: Tensor) -> Tensor:
    """What each lead or segment has together."""
    if isinstance(method, LeadShapley):
        return values.sum(dim=2)
    return values.reshape(len(values), 12, 10, 100).sum(dim=(1, 3))


@pytest.mark.slow
@pytest.mark.parametrize("method", EXACT, ids=lambda m: m.name)
def test_leads_and_segments_get_their_exact_share(method: LeadShapley | TemporalShapley) -> None:
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


@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "two"), [(LeadShapley(), (6, 11)), (TemporalShapley(), (0, 9))], ids=["lead", "time"]
)
def test_two_leads_or_segments_share_what_they_do_together(
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


class TwoRegions(Linear):
    """<w, z> + 3 a b + 1 / 2, with a and b the means of z in regions 8 and 90."""

    def forward(self, z: Tensor) -> Tensor:
        a, b = z[:, REGION == 8].mean(dim=1), z[:, REGION == 90].mean(dim=1)
        return super().forward(z) + 3 * (a * b).unsqueeze(1)


class Pairs(Quadratic):
    """<w, z^2> / 2 + (sum of z)^2 / 100: every two regions interact, and no three do."""

    def forward(self, z: Tensor) -> Tensor:
        return super().forward(z) + z.sum(dim=(1, 2)).square().unsqueeze(1) / 100


def _by_region(values: Tensor) -> Tensor:
    return torch.stack([values[:, region == REGION].sum(dim=1) for region in range(120)], dim=1)


@pytest.mark.slow_but_one
@pytest.mark.parametrize("method", GRID, ids=lambda method: method.name)
@pytest.mark.parametrize("net", [Linear(), Quadratic()], ids=["linear", "quadratic"])
def test_regions_that_do_not_interact_get_their_exact_share(
    net: Linear | Quadratic, method: ShapleyMethod
) -> None:
    model, given = closed_form(net), batch(rows=2)
    w = model.net.get_parameter("w")
    terms = w * given.z if isinstance(net, Linear) else w * given.z.square() / 2
    found = method.attribute(model, given)
    torch.testing.assert_close(_by_region(found), _by_region(terms), rtol=1e-4, atol=1e-4)
    for region in (0, 37, 119):
        shares = found[:, region == REGION]
        assert torch.equal(shares.amin(dim=1), shares.amax(dim=1))


def test_two_regions_share_what_they_do_together() -> None:
    model, given = closed_form(TwoRegions()), batch(rows=2)
    given.z[:, REGION == 8] += 1
    given.z[:, REGION == 90] += 2
    expected = _by_region(model.net.get_parameter("w") * given.z)
    together = 3 * given.z[:, REGION == 8].mean(dim=1) * given.z[:, REGION == 90].mean(dim=1)
    assert together.min() > 1
    expected[:, 8] += together / 2
    expected[:, 90] += together / 2
    found = _by_region(KernelSHAP().attribute(model, given))
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("method", ORDERS, ids=lambda method: method.name)
def test_captum_finds_the_same_on_the_same_orders(method: ShapleyMethod) -> None:
    """The orders of a method are read from its coalitions, which grow by one region each."""
    model, given = closed_form(Product()), batch(rows=2)
    kept = method.design(24).kept[2:].reshape(8, 23, 24).int()
    chains = torch.cat([torch.zeros(8, 1, 24), kept, torch.ones(8, 1, 24)], dim=1)
    orders = chains.diff(dim=1).argmax(dim=2)
    assert (orders.sort(dim=1).values == torch.arange(24)).all()

    def generate(regions: int, count: int) -> Iterator[list[int]]:
        yield from orders.tolist()

    captum = ShapleyValueSampling(model.log_odds)
    captum.permutation_generator = generate
    found = method.design(24).attribute(model, given, divide("grid-2", given))
    with torch.no_grad():
        expected = captum.attribute(
            given.z,
            baselines=0.0,
            additional_forward_args=(given.target,),
            feature_mask=grid(2)[None],
            n_samples=8,
        )
    scale = float(expected.abs().max())
    torch.testing.assert_close(500 * found, expected, rtol=1e-3, atol=1e-5 * scale)


def test_orders_are_distinct_and_those_of_permutation_shap_come_with_their_reverses() -> None:
    orders = drawn_orders(8, 120, "test")
    assert orders.unique(dim=0).shape == (8, 120)
    kept = PermutationSHAP().design(120).kept[2:].reshape(8, 119, 120)
    assert torch.equal(kept[:4], ~kept[4:].flip(1))
    drawn = ShapleySampling().design(120).kept[2:].reshape(8, 119, 120)
    assert not torch.equal(drawn[:4], ~drawn[4:].flip(1))


def test_an_order_and_its_reverse_are_exact_where_regions_interact_in_pairs() -> None:
    model, given = closed_form(Pairs()), batch(rows=2)
    own = _by_region(model.net.get_parameter("w") * given.z.square() / 2)
    sums = _by_region(given.z)
    # (sum of s)^2: region i gets s_i^2, and half of each 2 s_i s_j.
    expected = own + sums * sums.sum(dim=1, keepdim=True) / 100
    found = _by_region(PermutationSHAP().attribute(model, given))
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-3)
    missed = _by_region(ShapleySampling().attribute(model, given)) - expected
    assert missed.abs().max() > 1


@pytest.mark.slow_but_one
@pytest.mark.parametrize("method", [*EXACT, *GRID], ids=lambda method: method.name)
def test_attributions_keep_their_promise_and_depend_on_nothing_else(method: ShapleyMethod) -> None:
    """Neither on the batch, nor on its seeds, nor on the global generator."""
    model, given = closed_form(Product()), batch(rows=2)
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    found = method.attribute(model, given)
    assert torch.equal(before, torch.random.get_rng_state())
    total = promised(method, model, given)
    assert total is not None
    torch.testing.assert_close(total, above_zero(model, given))
    torch.testing.assert_close(found.sum(dim=(1, 2)), total, rtol=1e-4, atol=1e-4)
    alone = method.attribute(model, row_of(given, 1))
    torch.testing.assert_close(alone[0], found[1], rtol=1e-5, atol=1e-8)


def test_the_design_is_made_once_and_too_few_coalitions_are_refused() -> None:
    assert KernelSHAP.design(120, 512) is KernelSHAP.design(120, 512)
    assert len(KernelSHAP.design(120, 512).kept) == 514
    with pytest.raises(ValueError, match="200 coalitions of 120 regions have rank 100 only"):
        KernelSHAP.design(120, 200)


@pytest.mark.slow_but_one
@pytest.mark.parametrize("method", [SHAP(), LIME(), RISE(), *GRID], ids=lambda method: method.name)
def test_each_recording_has_a_draw_of_its_own_that_its_versions_share(method: Method) -> None:
    """Of a net that is not additive two draws differ; without a seed all have the same."""
    model, given = closed_form(Product()), batch(rows=2)
    given.z[1], given.target[1] = given.z[0], given.target[0]
    alike = method.attribute(model, replace(given, recording_seeds=None))
    torch.testing.assert_close(alike[0], alike[1], rtol=1e-5, atol=1e-8)
    seeds = torch.tensor([5, 2**62])
    drawn = method.attribute(model, replace(given, recording_seeds=seeds))
    assert not torch.allclose(drawn[0], drawn[1], rtol=1e-2)
    versions = replace(given, recording_seeds=seeds).versions(
        torch.tensor([1, 0, 1]), given.z[[1, 0, 1]]
    )
    again = method.attribute(model, versions)
    torch.testing.assert_close(again, drawn[[1, 0, 1]], rtol=1e-4, atol=1e-7)
