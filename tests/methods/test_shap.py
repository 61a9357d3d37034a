"""KernelSHAP on a linear model, whose Shapley values are sums of w * z over each region."""

import torch

from tests.closed_forms import Linear, batch, closed_form, row_of
from xai_bench.methods.regions import lead_segments
from xai_bench.methods.shap import KernelSHAP


def test_regions_of_a_linear_model_get_their_exact_share() -> None:
    model, given = closed_form(Linear()), batch(rows=2)
    found = KernelSHAP().attribute(model, given)
    contribution = model.net.get_parameter("w") * given.z
    region = lead_segments(12, 1000, segments=10)
    for row in range(2):
        for name in (0, 37, 119):
            inside = region == name
            shares = found[row][inside]
            assert shares.min() == shares.max()
            torch.testing.assert_close(
                shares.sum(), contribution[row][inside].sum(), rtol=2e-3, atol=2e-3
            )


def test_draws_belong_to_the_recording_not_to_the_batch_and_leave_no_trace() -> None:
    model, given = closed_form(Linear()), batch(rows=2)
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    together = KernelSHAP().attribute(model, given)
    assert torch.equal(before, torch.random.get_rng_state())
    alone = KernelSHAP().attribute(model, row_of(given, 1))
    torch.testing.assert_close(alone[0], together[1], rtol=1e-4, atol=1e-6)
