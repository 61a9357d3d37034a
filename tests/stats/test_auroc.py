"""The area under the ROC curve against scikit-learn and a literal bootstrap."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from xai_bench.stats import auroc, auroc_interval


def test_auroc_is_sklearns_with_ties() -> None:
    rng = np.random.default_rng(4)
    label = rng.integers(0, 2, 200)
    log_odds = np.round(label + rng.normal(size=200), 1)
    assert auroc(log_odds, label) == pytest.approx(roc_auc_score(label, log_odds))


def test_auroc_interval_is_that_of_a_literal_patient_bootstrap() -> None:
    rng = np.random.default_rng(5)
    label = rng.integers(0, 2, 120)
    log_odds = label + rng.normal(size=120)
    patients = np.array([str(i // 2) for i in range(120)])
    rows = {p: np.flatnonzero(patients == p) for p in np.unique(patients)}
    drawn: list[float] = []
    for _ in range(1500):
        picked = np.concatenate([rows[p] for p in rng.choice(list(rows), len(rows))])
        sick, well = (log_odds[picked][label[picked] == kind] for kind in (1, 0))
        drawn.append(np.mean((sick[:, None] > well) + (sick[:, None] == well) / 2))
    expected = np.quantile(drawn, [0.025, 0.975])
    assert auroc_interval(log_odds, label, list(patients)) == pytest.approx(expected, abs=0.015)
