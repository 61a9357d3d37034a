"""Shapley values from orders: literal gains, Captum on the same orders, closed forms."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from captum.attr import ShapleyValueSampling
from torch import Tensor

from tests.closed_forms import Linear, Product, Quadratic, batch, closed_form, grid, row_of
from xai_bench.methods.base import above_baseline
from xai_bench.methods.perturbation.permutations import (
    PermutationSHAP,
    ShapleySampling,
    drawn_orders,
    mean_gain,
)
from xai_bench.methods.perturbation.shapley import ShapleyMethod

BOTH = (ShapleySampling(), PermutationSHAP())
REGION = grid(10)


class Pairs(Quadratic):
    """<w, z^2> / 2 + (sum of z)^2 / 100: every two regions interact, and no three do."""

    def forward(self, z: Tensor) -> Tensor:
        return super().forward(z) + z.sum(dim=(1, 2)).square().unsqueeze(1) / 100


def _by_region(values: Tensor) -> Tensor:
    return torch.stack([values[:, region == REGION].sum(dim=1) for region in range(120)], dim=1)


def test_values_are_the_mean_of_literal_gains() -> None:
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


@pytest.mark.parametrize("method", BOTH, ids=lambda method: method.name)
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
    found = method.design(24).attribute(model, given, regions="grid-2")
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


@pytest.mark.parametrize("method", BOTH, ids=lambda method: method.name)
@pytest.mark.parametrize("net", [Linear(), Quadratic()], ids=["linear", "quadratic"])
def test_regions_that_do_not_interact_get_their_exact_share(
    net: Linear | Quadratic, method: ShapleyMethod
) -> None:
    model, given = closed_form(net), batch(rows=2)
    w = model.net.get_parameter("w")
    terms = w * given.z if isinstance(net, Linear) else w * given.z.square() / 2
    found = method.attribute(model, given)
    torch.testing.assert_close(_by_region(found), _by_region(terms), rtol=1e-4, atol=1e-4)
    shares = found[:, REGION == 37]
    assert torch.equal(shares.amin(dim=1), shares.amax(dim=1))


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


@pytest.mark.parametrize("method", BOTH, ids=lambda method: method.name)
def test_attributions_keep_their_promise_and_do_not_depend_on_the_batch(
    method: ShapleyMethod,
) -> None:
    model, given = closed_form(Product()), batch(rows=2)
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    found = method.attribute(model, given)
    assert torch.equal(before, torch.random.get_rng_state())
    total = method.total(model, given)
    assert total is not None
    with torch.no_grad():
        torch.testing.assert_close(total, above_baseline(model, given))
    torch.testing.assert_close(found.sum(dim=(1, 2)), total, rtol=1e-4, atol=1e-4)
    alone = method.attribute(model, row_of(given, 1))
    torch.testing.assert_close(alone[0], found[1], rtol=1e-5, atol=1e-8)
