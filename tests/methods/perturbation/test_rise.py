"""RISE: a literal covariance, masks that are what they are said to be, a linear model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from jaxtyping import Float
from torch import Tensor

from tests.closed_forms import Linear, Product, batch, closed_form, row_of
from tests.methods.promise import promised
from xai_bench.methods.perturbation.rise import RISE, SmoothMasks


def _masks(count: int, leads: int, seed: int = 0) -> Float[Tensor, "mask lead time"]:
    drawn = SmoothMasks.draw(torch.tensor([seed]), count, leads, cells=10)
    return drawn.of(slice(0, 1), slice(None), 1000)[0]


@pytest.mark.slow
def test_attributions_are_literal_covariances() -> None:
    model, given = closed_form(Product()), batch(rows=2)
    seeds = torch.tensor([3, 8])
    found = RISE().attribute(model, replace(given, recording_seeds=seeds))
    for row in range(2):
        masks = _masks(512, 12, seed=int(seeds[row]))
        with torch.no_grad():
            m = [model.log_odds((given.z[row] * mask)[None], 1).item() for mask in masks]
        for lead, sample in ((0, 0), (4, 317), (11, 999)):
            kept = masks[:, lead, sample].double().numpy()
            covariance = np.mean((np.array(m) - np.mean(m)) * (kept - np.mean(kept)))
            expected = covariance / 0.25 / 100
            np.testing.assert_allclose(found[row, lead, sample], expected, rtol=1e-3, atol=1e-7)


def test_masks_go_straight_between_knots_that_are_zero_or_one() -> None:
    masks = _masks(200, 3).double()
    assert masks.shape == (200, 3, 1000)
    assert 0 <= masks.min() < 0.001
    assert 0.999 < masks.max() <= 1
    bends = masks.diff(n=2, dim=2).abs()
    # A knot is between two samples, or rarely on one: at most two bends for each of 11 knots.
    assert ((bends > 1e-5).sum(dim=2) <= 22).all()
    slopes = masks.diff(dim=2)
    straight = slopes[..., 1:][bends < 1e-5]
    assert torch.isclose(straight.abs(), torch.tensor(0.01).double(), atol=1e-5).any()
    steps = torch.minimum(straight.abs(), (straight.abs() - 0.01).abs())
    assert steps.max() < 1e-5


def test_masks_are_as_often_on_as_off_and_of_leads_apart_with_knots_anywhere() -> None:
    masks = _masks(3000, 2)
    torch.testing.assert_close(masks.mean(dim=0), torch.full((2, 1000), 0.5), rtol=0, atol=0.04)
    # Uniform places between knots: the variance is 1/4 of (1 - u)^2 + u^2, 2/3 for mean.
    variance = masks.var(dim=0)
    torch.testing.assert_close(variance, torch.full((2, 1000), 1 / 6), rtol=0, atol=0.02)
    across = np.corrcoef(masks[:, 0, ::250].T.numpy(), masks[:, 1, ::250].T.numpy())[:4, 4:]
    assert np.abs(across).max() < 0.08
    along = np.corrcoef(masks[:, 0, [0, 50, 300]].T.numpy())
    assert along[0, 1] > 0.5
    assert abs(along[0, 2]) < 0.08


def test_one_long_stretch_of_a_linear_model_stands_out_with_its_sign_and_size() -> None:
    model, given = closed_form(Linear()), batch(rows=2)
    w = model.net.get_parameter("w")
    with torch.no_grad():
        w.zero_()
        w[4, 300:600] = 0.02
    given.z[:] = 1
    given.z[1] = -1
    found = RISE().attribute(model, given)
    for row, sign in ((0, 1), (1, -1)):
        # In the middle of three widths the blur over two of them changes nothing.
        middle = found[row, 4, 420:480].mean()
        torch.testing.assert_close(middle, torch.tensor(sign * 0.02), rtol=0.15, atol=0)
        assert found[row, 4].abs().argmax() in range(350, 550)
        others = torch.cat([found[row, :4], found[row, 5:]])
        assert others.abs().max() < 0.01
        torch.testing.assert_close(found[row, 4].sum(), torch.tensor(sign * 6.0), rtol=0.15, atol=0)


def test_nothing_is_promised_drawn_globally_or_taken_from_the_batch() -> None:
    model, given = closed_form(Product()), batch(rows=2)
    assert promised(RISE(), model, given) is None
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    together = RISE().attribute(model, given)
    assert torch.equal(before, torch.random.get_rng_state())
    alone = RISE().attribute(model, row_of(given, 1))
    torch.testing.assert_close(alone[0], together[1], rtol=1e-4, atol=1e-8)
