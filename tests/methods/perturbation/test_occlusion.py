"""Occlusion and feature ablation: those of Captum, divided by the size of a window."""

import pytest
import torch
from captum.attr import FeatureAblation as CaptumFeatureAblation
from captum.attr import Occlusion as CaptumOcclusion

from tests.closed_forms import Linear, Product, Quadratic, batch, closed_form, grid, row_of
from xai_bench.methods import METHODS
from xai_bench.methods.perturbation.occlusion import FeatureAblation, Occlusion


def test_occlusion_is_captums() -> None:
    model, given = closed_form(Product()), batch(rows=2)
    with torch.no_grad():
        expected = CaptumOcclusion(model.log_odds).attribute(
            given.z,
            sliding_window_shapes=(1, 50),
            strides=(1, 25),
            additional_forward_args=(given.target,),
            perturbations_per_eval=4,
        )
    found = Occlusion().attribute(model, given)
    torch.testing.assert_close(50 * found, expected.float(), rtol=1e-4, atol=1e-6)
    assert found.abs().max() > 1e-5


def test_feature_ablation_is_captums() -> None:
    model, given = closed_form(Product()), batch(rows=2)
    with torch.no_grad():
        expected = CaptumFeatureAblation(model.log_odds).attribute(
            given.z,
            additional_forward_args=(given.target,),
            feature_mask=grid(10)[None],
            perturbations_per_eval=4,
        )
    found = FeatureAblation().attribute(model, given)
    torch.testing.assert_close(100 * found, expected.float(), rtol=1e-4, atol=1e-6)
    assert found.abs().max() > 1e-6


def test_a_region_of_a_model_without_interactions_drops_by_its_own_terms() -> None:
    model, given = closed_form(Quadratic()), batch()
    terms = model.net.get_parameter("w") * given.z.square() / 2
    found = FeatureAblation().attribute(model, given)
    for row, region, lead, segment in ((0, 0, 0, 0), (1, 37, 3, 7), (2, 119, 11, 9)):
        window = slice(segment * 100, (segment + 1) * 100)
        expected = float(terms[row, lead, window].mean())
        assert region == lead * 10 + segment
        shares = found[row, lead, window]
        assert shares.min() == shares.max()
        assert float(shares[0]) == pytest.approx(expected, rel=1e-3, abs=1e-6)


@pytest.mark.parametrize("name", ["occlusion", "feature-ablation"])
def test_the_other_target_has_the_other_sign(name: str) -> None:
    model = closed_form(Linear())
    mine, other = (METHODS[name].attribute(model, batch(rows=1, target=t)) for t in (1, 0))
    torch.testing.assert_close(mine, -other)


@pytest.mark.parametrize("name", ["occlusion", "feature-ablation"])
def test_an_attribution_belongs_to_the_recording_not_to_the_batch(name: str) -> None:
    model, given = closed_form(Product()), batch(rows=3)
    together = METHODS[name].attribute(model, given)
    alone = METHODS[name].attribute(model, row_of(given, 1))
    torch.testing.assert_close(alone[0], together[1], rtol=1e-4, atol=1e-7)
