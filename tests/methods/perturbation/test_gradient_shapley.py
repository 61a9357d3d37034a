"""SHAP from gradients: exact on quadratic nets, complete on all, and what it does without any."""

from __future__ import annotations

import torch
from torch import Tensor

from tests.closed_forms import Linear, Product, Quadratic, batch, closed_form, grid, row_of
from tests.methods.promise import above_zero, promised
from xai_bench.methods import METHODS
from xai_bench.methods.perturbation.gradient_shapley import SHAP, _coalitions, _complete
from xai_bench.methods.perturbation.shapley import PermutationSHAP

REGION = grid(10)


def _of_regions(values: Tensor) -> Tensor:
    return torch.stack([values[:, region == REGION].sum(dim=1) for region in range(120)], dim=1)


class AllPairs(Quadratic):
    """<w, z^2> / 2 + (sum of z)^2 / 100: every two regions interact, and no three do."""

    def forward(self, z: Tensor) -> Tensor:
        return super().forward(z) + z.sum(dim=(1, 2)).square().unsqueeze(1) / 100


def test_values_of_a_quadratic_net_are_its_shapley_values() -> None:
    model, given = closed_form(AllPairs()), batch(rows=2)
    own = _of_regions(model.net.get_parameter("w") * given.z.square() / 2)
    sums = _of_regions(given.z)
    # (sum of s)^2: region i gets s_i^2, and half of each 2 s_i s_j.
    expected = own + sums * sums.sum(dim=1, keepdim=True) / 100
    found = SHAP().attribute(model, given)
    torch.testing.assert_close(_of_regions(found), expected.detach(), rtol=1e-3, atol=1e-3)
    for region in (0, 37, 119):
        shares = found[:, region == REGION]
        assert torch.equal(shares.amin(dim=1), shares.amax(dim=1))


class Cubic(Linear):
    """<w, z> + (the product of the means of z in regions 8, 47 and 90) + 1 / 2."""

    def forward(self, z: Tensor) -> Tensor:
        means = [z[:, region == REGION].mean(dim=1) for region in (8, 47, 90)]
        return super().forward(z) + torch.stack(means, dim=1).prod(dim=1, keepdim=True)


def test_three_regions_share_what_they_do_together_but_for_the_choice_of_coalitions() -> None:
    model, given = closed_form(Cubic()), batch(rows=2)
    for region, level in ((8, 1.0), (47, 2.0), (90, 3.0)):
        given.z[:, region == REGION] += level
    expected = _of_regions(model.net.get_parameter("w") * given.z).detach()
    means = torch.stack([given.z[:, r == REGION].mean(dim=1) for r in (8, 47, 90)], dim=1)
    together = means.prod(dim=1)
    expected[:, [8, 47, 90]] += together[:, None] / 3
    error = (_of_regions(SHAP().attribute(model, given)) - expected).abs().amax(dim=1)
    assert (error < 0.1 * together).all()


def test_attributions_keep_their_promise_and_depend_on_nothing_else() -> None:
    model, given = closed_form(Product()), batch(rows=2)
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    found = SHAP().attribute(model, given)
    assert torch.equal(before, torch.random.get_rng_state())
    total = promised(SHAP(), model, given)
    assert total is not None
    torch.testing.assert_close(total, above_zero(model, given))
    torch.testing.assert_close(found.sum(dim=(1, 2)), total, rtol=1e-4, atol=1e-4)
    alone = SHAP().attribute(model, row_of(given, 1))
    torch.testing.assert_close(alone[0], found[1], rtol=1e-5, atol=1e-8)


def test_a_region_that_does_nothing_gets_nothing() -> None:
    model, given = closed_form(Product()), batch(rows=2)
    with torch.no_grad():
        for name in ("v", "w"):
            model.net.get_parameter(name)[:, 300:400] = 0
    found = SHAP().attribute(model, given)
    assert not found[:, :, 300:400].any()
    assert found.any(dim=(1, 2)).all()


def test_what_is_lacking_is_shared_in_proportion() -> None:
    values = torch.tensor([[1.0, -3.0, 0.0], [0.0, 0.0, 0.0]], dtype=torch.float64)
    found = _complete(values, torch.tensor([2.0, 6.0], dtype=torch.float64))
    expected = [[2.0, 0.0, 0.0], [2.0, 2.0, 2.0]]
    torch.testing.assert_close(found, torch.tensor(expected, dtype=torch.float64))


def test_coalitions_come_with_their_complements() -> None:
    kept = _coalitions(120)
    assert kept.shape == (160, 120)
    assert torch.equal(kept[:80], ~kept[80:])
    assert kept is _coalitions(120)


class Rounded(Product):
    """A net whose gradient does not reach its input."""

    def forward(self, z: Tensor) -> Tensor:
        return super().forward(z.detach())


def test_without_gradients_it_is_permutation_shap_and_says_so() -> None:
    model, given = closed_form(Rounded()), batch(rows=1)
    assert SHAP().unsupported(model, evidence=False) is None
    assert "permutation-shap" in SHAP().remark(model)
    assert SHAP().remark(closed_form(Product())) == ""
    found = METHODS["shap"].attribute(model, given)
    assert torch.equal(found, PermutationSHAP().attribute(model, given))
