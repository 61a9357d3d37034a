"""Aggregates against numpy; what is not defined is left out and counted."""

import numpy as np
import pytest
import torch

from tests.studies.native_audit.audited_nets import BiasOnly, subject
from xai_bench.studies.native_audit.answer import across, missing, single


def test_means_and_medians_are_of_what_is_known() -> None:
    given = subject(BiasOnly())
    values = torch.tensor([1.0, 2.0, torch.nan, 4.0, 9.0, torch.inf, 3.0, 0.5])
    known = [1.0, 2.0, 4.0, 9.0, 3.0, 0.5]
    mean = across(given, "bias_share", values)
    assert mean.value == pytest.approx(np.mean(known))
    assert mean.low < mean.value < mean.high
    assert mean.n == 6
    assert mean.each is not None
    assert np.isnan(mean.each).tolist() == [False, False, True, False, False, True, False, False]
    middle = across(given, "gradient_ratio", values)
    assert middle.value == 2.0  # the lower median: the inverse of the distribution


def test_what_no_recording_has_is_missing_with_its_reason() -> None:
    found = across(subject(BiasOnly()), "bias_share", torch.full((8,), torch.nan), undefined="why")
    assert np.isnan(found.value)
    assert (found.n, found.reason, found.each) == (0, "why", None)
    assert missing("bias_share", "why", method="ig").method == "ig"


def test_a_fact_of_the_net_has_no_interval() -> None:
    found = single("reach_leads", 6.0, n=2)
    assert (found.value, found.n) == (6.0, 2)
    assert np.isnan([found.low, found.high]).all()


def test_a_quantity_of_the_whole_is_not_averaged() -> None:
    with pytest.raises(AssertionError, match="not one number a recording"):
        across(subject(BiasOnly()), "auroc_logit", torch.ones(8))
