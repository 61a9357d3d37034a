"""The native explanation: an identity, and the contrast of two columns."""

import pytest
import torch

from tests.closed_forms import SUPERCLASS, FiveLinear, Linear, TwoLinear, batch, closed_form
from xai_bench.methods.native import Native


@pytest.mark.parametrize("target", [0, 1])
def test_two_outputs_are_explained_by_their_contrast(target: int) -> None:
    model, given = closed_form(TwoLinear()), batch(target=target)
    w = model.net.get_parameter("w")
    expected = (w[target] - w[1 - target]) * given.z
    torch.testing.assert_close(Native().attribute(model, given), expected)


@pytest.mark.parametrize("target", range(5))
def test_a_class_of_several_is_explained_by_its_own_column(target: int) -> None:
    model, given = closed_form(FiveLinear(), **SUPERCLASS), batch(target=target)
    expected = model.net.get_parameter("w")[target] * given.z
    torch.testing.assert_close(Native().attribute(model, given), expected)
    total = Native().total(model, given)
    torch.testing.assert_close(total, expected.sum((1, 2)), rtol=1e-4, atol=1e-4)


def test_the_attribution_sums_to_the_log_odds_less_the_bias() -> None:
    model, given = closed_form(TwoLinear()), batch()
    total = Native().total(model, given)
    torch.testing.assert_close(total, model.log_odds(given.z, 1) + 0.75)
    torch.testing.assert_close(
        Native().attribute(model, given).sum((1, 2)), total, rtol=1e-4, atol=1e-4
    )


def test_a_black_box_is_refused_with_a_reason() -> None:
    reason = Native().unsupported(closed_form(Linear()), evidence=True)
    assert reason == "native needs a net that generates its own weights"
    assert Native().unsupported(closed_form(TwoLinear()), evidence=False) is None
