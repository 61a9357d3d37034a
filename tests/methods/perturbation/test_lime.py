"""LIME: literal weighted ridge regression, and Captum's on the same coalitions and weights."""

from collections.abc import Iterator

import numpy as np
import torch
from captum._utils.models.linear_model import SkLearnRidge
from captum.attr import Lime
from torch import Tensor
from torch.nn.functional import cosine_similarity

from tests.closed_forms import Linear, Product, batch, closed_form, grid, row_of
from tests.methods.promise import promised
from xai_bench.methods.perturbation.lime import LIME, lime_design, ridge_regression
from xai_bench.methods.perturbation.regions import divide


def test_the_regression_is_literal_weighted_least_squares() -> None:
    rng = np.random.default_rng(0)
    kept = rng.random((40, 7)) < 0.5
    outputs = rng.standard_normal(40)
    # Least squares of outputs on [1, kept], rows times sqrt(w); then one row of penalty for each
    # coefficient but the intercept.
    rows, targets = [], []
    for coalition, output in zip(kept, outputs, strict=True):
        cosine = coalition.sum() / np.sqrt(coalition.sum() * 7) if coalition.any() else 0.0
        weight = np.exp(-((1 - cosine) ** 2) / 0.25**2 / 2)
        rows.append(np.sqrt(weight) * np.array([1.0, *coalition]))
        targets.append(np.sqrt(weight) * output)
    for region in range(7):
        rows.append(np.eye(8)[region + 1])
        targets.append(0.0)
    expected = np.linalg.lstsq(np.array(rows), np.array(targets), rcond=None)[0][1:]
    found = ridge_regression(torch.from_numpy(kept)).P.numpy() @ outputs
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_captum_finds_the_same_on_the_same_coalitions() -> None:
    model, given = closed_form(Product()), batch(rows=2)
    generator = torch.Generator().manual_seed(1)
    design = ridge_regression(torch.rand(60, 24, generator=generator) < 0.5)

    def perturb(*inputs: Tensor, **rest: object) -> Iterator[Tensor]:
        for kept in design.kept:
            yield kept[None].long()

    def similarity(x: Tensor, other: Tensor, kept: Tensor, **rest: object) -> Tensor:
        distance = 1 - cosine_similarity(kept.float(), torch.ones(1, kept.shape[1]))
        return torch.exp(-(distance**2) / (2 * 0.25**2))

    found = design.attribute(model, given, divide("grid-2", given))
    for row in range(2):
        lime = Lime(model.log_odds, SkLearnRidge(alpha=1.0), similarity, perturb)
        expected = lime.attribute(
            given.z[row : row + 1],
            baselines=0.0,
            additional_forward_args=(given.target[row : row + 1],),
            feature_mask=grid(2)[None],
            n_samples=60,
            perturbations_per_eval=8,
        )
        scale = float(expected.abs().max())
        torch.testing.assert_close(500 * found[row], expected[0], rtol=1e-3, atol=1e-3 * scale)


def test_a_linear_model_gets_its_terms_less_the_shrinkage() -> None:
    model, given = closed_form(Linear()), batch(rows=2)
    terms = model.net.get_parameter("w") * given.z
    found = LIME().attribute(model, given)
    missed = []
    for lead, segment in ((0, 0), (3, 7), (11, 9)):
        window = slice(segment * 100, (segment + 1) * 100)
        shares = found[:, lead, window]
        assert torch.equal(shares.amin(dim=1), shares.amax(dim=1))
        missed.append(shares.sum(dim=1) - terms[:, lead, window].sum(dim=1))
    assert torch.stack(missed).abs().max() < 0.02
    assert promised(LIME(), model, given) is None


def test_the_design_is_fixed_keeps_half_and_begins_with_all() -> None:
    kept = lime_design(120, 512).kept
    assert kept.shape == (512, 120)
    assert kept[0].all()
    assert abs(float(kept[1:].double().mean()) - 0.5) < 0.01
    assert lime_design(120, 512) is lime_design(120, 512)


def test_an_attribution_does_not_depend_on_the_batch() -> None:
    model, given = closed_form(Linear()), batch(rows=2)
    alone = LIME().attribute(model, row_of(given, 1))
    torch.testing.assert_close(alone[0], LIME().attribute(model, given)[1], rtol=1e-5, atol=1e-8)
