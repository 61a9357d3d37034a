"""The native explanation: an identity, the contrast of two columns, and other readings of W."""

from dataclasses import replace

import pytest
import torch

from tests.closed_forms import SUPERCLASS, FiveLinear, Linear, TwoLinear, batch, closed_form
from tests.methods.promise import promised
from xai_bench.methods import METHODS
from xai_bench.methods.attribute import explain_batch
from xai_bench.methods.native import Native, NativeCentred, NativeClass, NativeWeights
from xai_bench.models import zscore
from xai_bench.nets.imn import ECGIMN
from xai_bench.scoring.engine.cost import counted


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
    total = promised(Native(), model, given)
    torch.testing.assert_close(total, expected.sum((1, 2)), rtol=1e-4, atol=1e-4)


def test_the_attribution_sums_to_the_log_odds_less_the_bias() -> None:
    model, given = closed_form(TwoLinear()), batch()
    total = promised(Native(), model, given)
    torch.testing.assert_close(total, model.log_odds(given.z, 1) + 0.75)
    torch.testing.assert_close(
        Native().attribute(model, given).sum((1, 2)), total, rtol=1e-4, atol=1e-4
    )


def test_a_black_box_is_refused_with_a_reason() -> None:
    reason = Native().unsupported(closed_form(Linear()), evidence=True)
    assert reason == "native needs a net that generates its own weights"
    assert Native().unsupported(closed_form(TwoLinear()), evidence=False) is None


@pytest.mark.parametrize("target", [0, 1])
def test_weights_are_the_contrast_without_the_recording(target: int) -> None:
    model, given = closed_form(TwoLinear()), batch(target=target)
    w = model.net.get_parameter("w")
    found = NativeWeights().attribute(model, given)
    torch.testing.assert_close(found, (w[target] - w[1 - target]).expand(3, -1, -1))
    assert promised(NativeWeights(), model, given) is None


def test_centring_takes_the_mean_of_each_lead_from_the_weights_and_keeps_the_sum() -> None:
    model = closed_form(TwoLinear())
    given = replace(batch(rows=2), z=zscore(batch(rows=2).z))
    w = model.net.get_parameter("w")
    found = NativeCentred().attribute(model, given)
    for row in range(2):
        for lead in range(12):
            contrast = (w[1, lead] - w[0, lead]).detach()
            mean = sum(contrast.tolist()) / 1000
            torch.testing.assert_close(found[row, lead], (contrast - mean) * given.z[row, lead])
    native = Native().attribute(model, given)
    assert (found - native).abs().max() > 1e-4
    torch.testing.assert_close(found.sum((1, 2)), native.sum((1, 2)), rtol=1e-4, atol=1e-4)


def test_a_constant_that_changes_no_logit_changes_native_and_not_native_centred() -> None:
    given = replace(batch(rows=2), z=zscore(batch(rows=2).z))
    model, other = closed_form(TwoLinear()), closed_form(TwoLinear())
    other.net.get_parameter("w")[1] += torch.linspace(-0.3, 0.3, 12)[:, None]
    log_odds = [m.log_odds(given.z, 1) for m in (model, other)]
    torch.testing.assert_close(*log_odds, rtol=1e-3, atol=1e-3)
    centred = [NativeCentred().attribute(m, given) for m in (model, other)]
    torch.testing.assert_close(*centred, rtol=1e-4, atol=1e-6)
    native = [Native().attribute(m, given) for m in (model, other)]
    assert (native[0] - native[1]).abs().max() > 0.3


def test_a_lead_whose_mean_is_not_zero_breaks_the_sum_of_the_centred_weights() -> None:
    model, methods = closed_form(TwoLinear()), [Native(), NativeCentred()]
    model.net.get_parameter("w")[1] += 0.01
    for offset, kept in ((0.0, True), (0.5, False)):
        given = replace(batch(rows=2), z=zscore(batch(rows=2).z) + offset)
        found = explain_batch(model, given, methods, ("a", "b"), 0)
        assert (found["native"].residual < 1e-5).all()
        assert bool((found["native-centred"].residual < 1e-5).all()) == kept


@pytest.mark.parametrize("target", [0, 1])
def test_a_class_is_its_own_column_and_sums_to_its_own_logit(target: int) -> None:
    model, given = closed_form(TwoLinear()), batch(target=target)
    expected = model.net.get_parameter("w")[target] * given.z
    found = NativeClass().attribute(model, given)
    torch.testing.assert_close(found, expected)
    logit = model.net(given.z)[:, target] - torch.tensor([0.25, -0.5])[target]
    torch.testing.assert_close(found.sum((1, 2)), logit, rtol=1e-4, atol=1e-4)
    assert promised(NativeClass(), model, given) is None


def test_one_column_only_is_refused_with_a_reason() -> None:
    method = NativeClass()
    assert method.unsupported(closed_form(TwoLinear()), evidence=False) is None
    single = closed_form(ECGIMN(outputs=1, weight_scale=0.01))
    assert method.unsupported(single, evidence=False) == (
        "native-class needs two outputs; a single one has one column, which native shows"
    )
    several = closed_form(FiveLinear(), **SUPERCLASS)
    assert method.unsupported(several, evidence=False) == (
        "native-class equals native where every class has a logit of its own"
    )
    assert method.unsupported(closed_form(Linear()), evidence=False) == (
        "native-class needs a net that generates its own weights"
    )


@pytest.mark.parametrize("name", ["native", "native-weights", "native-centred", "native-class"])
def test_one_pass_forward(name: str) -> None:
    model, given = closed_form(ECGIMN(outputs=2, weight_scale=0.01)), batch(rows=2)
    with counted(model.net) as count:
        METHODS[name].attribute(model, replace(given, z=given.z[..., :200]))
    assert (count.forward, count.backward) == (2, 0)
