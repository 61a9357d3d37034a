"""KernelSHAP: exact where Shapley values are known, and Captum's on the same coalitions."""

from collections.abc import Iterator
from itertools import combinations
from math import factorial, lcm

import numpy as np
import pytest
import torch
from captum.attr import KernelShap
from torch import Tensor

from tests.closed_forms import Linear, Product, Quadratic, batch, closed_form, grid, row_of
from xai_bench.methods.base import above_baseline
from xai_bench.methods.perturbation.coalitions import balanced_coalitions
from xai_bench.methods.perturbation.kernel_shap import (
    KernelSHAP,
    shapley_design,
    shapley_regression,
)

REGION = grid(10)


class Interaction(Linear):
    """<w, z> + 3 a b + 1 / 2, with a and b the means of z in regions 8 and 90."""

    def forward(self, z: Tensor) -> Tensor:
        a, b = z[:, REGION == 8].mean(dim=1), z[:, REGION == 90].mean(dim=1)
        return super().forward(z) + 3 * (a * b).unsqueeze(1)


def _by_region(values: Tensor) -> Tensor:
    return torch.stack([values[:, region == REGION].sum(dim=1) for region in range(120)], dim=1)


@pytest.mark.parametrize("net", [Linear(), Quadratic()], ids=["linear", "quadratic"])
def test_regions_that_do_not_interact_get_their_exact_share(net: Linear | Quadratic) -> None:
    model, given = closed_form(net), batch(rows=2)
    found = KernelSHAP().attribute(model, given)
    w = model.net.get_parameter("w")
    terms = w * given.z if isinstance(net, Linear) else w * given.z.square() / 2
    torch.testing.assert_close(_by_region(found), _by_region(terms), rtol=1e-4, atol=1e-4)
    for region in (0, 37, 119):
        shares = found[:, region == REGION]
        assert torch.equal(shares.amin(dim=1), shares.amax(dim=1))


def test_two_regions_share_what_they_do_together() -> None:
    model, given = closed_form(Interaction()), batch(rows=2)
    given.z[:, REGION == 8] += 1
    given.z[:, REGION == 90] += 2
    expected = _by_region(model.net.get_parameter("w") * given.z)
    together = 3 * given.z[:, REGION == 8].mean(dim=1) * given.z[:, REGION == 90].mean(dim=1)
    assert together.min() > 1
    expected[:, 8] += together / 2
    expected[:, 90] += together / 2
    found = _by_region(KernelSHAP().attribute(model, given))
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


def test_all_coalitions_of_any_game_give_its_shapley_values() -> None:
    regions, rng = 5, np.random.default_rng(0)
    game = {
        members: float(rng.standard_normal())
        for size in range(regions + 1)
        for members in combinations(range(regions), size)
    }
    expected = np.zeros(regions)
    for region in range(regions):
        others = [i for i in range(regions) if i != region]
        for size in range(regions):
            weight = factorial(size) * factorial(regions - 1 - size) / factorial(regions)
            for members in combinations(others, size):
                joined = tuple(sorted((*members, region)))
                expected[region] += weight * (game[joined] - game[members])
    # The regression is for as many coalitions of one size as of another: repeat the rarer ones.
    counts = {k: len(list(combinations(range(regions), k))) for k in range(1, regions)}
    every = lcm(*counts.values())
    rows = [
        [i in members for i in range(regions)]
        for size, count in counts.items()
        for members in combinations(range(regions), size)
        for _ in range(every // count)
    ]
    design = shapley_regression(torch.tensor(rows))
    outputs = [game[tuple(np.flatnonzero(kept))] for kept in design.kept.numpy()]
    np.testing.assert_allclose(design.P.numpy() @ outputs, expected, rtol=1e-9, atol=1e-12)


class _SameCoalitions(KernelShap):  # type: ignore[misc]
    """Captum's regression on given coalitions, with the weights that sizes alike call for."""

    kept: Tensor

    def kernel_shap_perturb_generator(self, *inputs: Tensor, **rest: object) -> Iterator[Tensor]:
        for kept in self.kept:
            yield kept[None].long()

    def kernel_shap_similarity_kernel(
        self, x: Tensor, other: Tensor, kept: Tensor, **rest: object
    ) -> Tensor:
        k, regions = int(kept.sum()), kept.shape[1]
        return torch.tensor([regions / (k * (regions - k)) if 0 < k < regions else 1e6])


def test_captum_finds_the_same_on_the_same_coalitions() -> None:
    model, given = closed_form(Product()), batch(rows=2)
    drawn = balanced_coalitions(24, 80, np.random.default_rng(0))
    design = shapley_regression(torch.from_numpy(drawn))
    captum = _SameCoalitions(model.log_odds)
    captum.kept = design.kept
    region = grid(2)
    found = design.attribute(model, given, regions="grid-2")
    for row in range(2):
        with torch.no_grad():
            expected = captum.attribute(
                given.z[row : row + 1],
                baselines=0.0,
                additional_forward_args=(given.target[row : row + 1],),
                feature_mask=region[None],
                n_samples=len(design.kept),
                perturbations_per_eval=8,
            )
        scale = float(expected.abs().max())
        torch.testing.assert_close(500 * found[row], expected[0], rtol=1e-3, atol=1e-3 * scale)


def test_attributions_sum_to_the_promise_where_regions_interact() -> None:
    model, given = closed_form(Product()), batch(rows=1)
    found = KernelSHAP().attribute(model, given).double().sum(dim=(1, 2))
    with torch.no_grad():
        torch.testing.assert_close(
            found, above_baseline(model, given).double(), rtol=1e-4, atol=1e-6
        )


def test_nothing_depends_on_the_batch_or_its_seeds_or_draws_globally() -> None:
    model, given = closed_form(Interaction()), batch(rows=2)
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    together = KernelSHAP().attribute(model, given)
    assert torch.equal(before, torch.random.get_rng_state())
    alone = KernelSHAP().attribute(model, row_of(given, 1))
    torch.testing.assert_close(alone[0], together[1], rtol=1e-5, atol=1e-8)


def test_the_design_is_made_once_and_too_few_coalitions_are_refused() -> None:
    assert shapley_design(120, 512) is shapley_design(120, 512)
    assert len(shapley_design(120, 512).kept) == 514
    with pytest.raises(ValueError, match="200 coalitions of 120 regions have rank 100 only"):
        shapley_design(120, 200)
