"""Question 1 against sums written out, and a net that decides by b alone."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from tests.closed_forms import TwoLinear
from tests.studies.native_audit.audited_nets import BiasOnly, audited, by_name, scores
from xai_bench.studies.native_audit.bias import bias


def test_shares_of_a_linear_net_written_out() -> None:
    net = TwoLinear()
    given = audited(net)
    w = net.w.detach().double().numpy()
    estimates = list(bias(given))
    logits = []
    for row, z in enumerate(given.z.double().numpy()):
        terms = (w[1] - w[0]) * z
        b = 0.75  # of -0.75, the second column's minus the first's
        share = b / (b + np.abs(terms).sum())
        net_share = b / (b + abs(terms.sum()))
        assert scores(estimates, "bias_share")[row] == pytest.approx(share, rel=1e-5)
        assert scores(estimates, "net_bias_share")[row] == pytest.approx(net_share, rel=1e-3)
        logits.append(terms.sum() - 0.75)
    label = [int("MI" in labels) for labels in given.recordings.labels or ()]
    found = by_name(estimates)
    area = roc_auc_score(label, logits)
    assert found["auroc_logit", "native"].value == pytest.approx(area)
    assert found["auroc_terms", "native"].value == pytest.approx(area)
    assert found["auroc_bias", "native"].value == 0.5


def test_a_net_that_decides_by_b_alone_shows_nothing() -> None:
    given = audited(BiasOnly(), n=12)
    found = by_name(bias(given))
    assert found["bias_share", "native"].value == found["net_bias_share", "native"].value == 1
    assert found["auroc_terms", "native"].value == 0.5
    label = [int("MI" in labels) for labels in given.recordings.labels or ()]
    area = roc_auc_score(label, given.z[:, 7, 500])
    assert found["auroc_bias", "native"].value == pytest.approx(area)
    assert found["auroc_logit", "native"].value == pytest.approx(area)
    assert found["auroc_bias", "native"].ci_low < area < found["auroc_bias", "native"].ci_high
