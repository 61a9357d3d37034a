"""Aggregates against numpy; what is not defined is left out and counted."""

import numpy as np
import pytest
import torch

from tests.studies.native_audit.audited_nets import BiasOnly, audited
from xai_bench.studies.native_audit.quantity_estimates import (
    by_method,
    estimates,
    over_recordings,
)


def test_means_and_medians_are_of_what_is_known() -> None:
    given = audited(BiasOnly())
    values = torch.tensor([1.0, 2.0, torch.nan, 4.0, 9.0, torch.inf, 3.0, 0.5])
    known = [1.0, 2.0, 4.0, 9.0, 3.0, 0.5]
    mean = over_recordings(given, "bias_share", values)
    assert mean.value == pytest.approx(np.mean(known))
    assert mean.ci_low < mean.value < mean.ci_high
    assert mean.n == 6
    assert mean.scores is not None
    assert np.isnan(mean.scores).tolist() == [False, False, True, False, False, True, False, False]
    middle = over_recordings(given, "gradient_ratio", values)
    assert middle.value == 2.0  # the lower median: the inverse of the distribution


def test_what_no_recording_has_is_missing_with_its_reason() -> None:
    found = over_recordings(
        audited(BiasOnly()), "bias_share", torch.full((8,), torch.nan), undefined="why"
    )
    assert np.isnan(found.value)
    assert (found.n, found.reason, found.scores) == (0, "why", None)
    (other,) = estimates(audited(BiasOnly()), {"bias_share": "why"}, method="ig")
    assert (other.method, other.reason) == ("ig", "why")


def test_a_method_that_cannot_explain_the_net_says_why() -> None:
    given = audited(BiasOnly(), n=2)
    found = by_method(given, ["patch_top"], lambda method: {"patch_top": torch.tensor([1.0, 2.0])})
    reasons = {estimate.method: estimate.reason for estimate in found}
    assert reasons.pop("gradcam") == "gradcam needs a cam_layer in the model card"
    assert set(reasons.values()) == {""}


def test_a_quantity_of_the_whole_is_not_averaged() -> None:
    with pytest.raises(AssertionError, match="not one number a recording"):
        over_recordings(audited(BiasOnly()), "auroc_logit", torch.ones(8))
