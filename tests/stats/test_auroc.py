"""The area under the ROC curve against scikit-learn and a literal bootstrap."""

import tracemalloc

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from xai_bench.stats import (
    auroc,
    auroc_difference_interval,
    auroc_interval,
    mean_auroc_interval,
)
from xai_bench.stats.bootstrap import draw_patients


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


def test_a_difference_is_that_of_a_literal_bootstrap_that_draws_patients_once_for_both() -> None:
    rng = np.random.default_rng(6)
    label = rng.integers(0, 2, 120)
    shared = rng.normal(size=120)
    first = label + shared + 0.5 * rng.normal(size=120)
    second = 0.3 * label + shared + 0.5 * rng.normal(size=120)
    patients = np.array([str(i // 2) for i in range(120)])
    rows = {p: np.flatnonzero(patients == p) for p in np.unique(patients)}
    drawn: list[float] = []
    for _ in range(1500):
        picked = np.concatenate([rows[p] for p in rng.choice(list(rows), len(rows))])
        sick, well = picked[label[picked] == 1], picked[label[picked] == 0]
        areas = [np.mean(scores[sick][:, None] > scores[well]) for scores in (first, second)]
        drawn.append(float(areas[0] - areas[1]))
    expected = np.quantile(drawn, [0.025, 0.975])
    found = auroc_difference_interval(first, second, label, list(patients))
    assert found == pytest.approx(expected, abs=0.015)
    # Of the same scores, in whatever unit, nothing differs in any resample.
    assert auroc_difference_interval(first, 2 * first + 1, label, list(patients)) == (0.0, 0.0)


@pytest.mark.slow
def test_memory_of_an_interval_does_not_grow_with_a_cohort() -> None:
    n = 4096
    rng = np.random.default_rng(0)
    truth = (rng.random((n, 1)) < 0.3).astype(np.int64)
    log_odds, patients = rng.normal(size=(n, 1)) + truth, [f"p{k}" for k in range(n)]
    draw_patients(n, 0)  # kept for the next interval
    tracemalloc.start()
    try:
        mean_auroc_interval(log_odds, truth, patients)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 50e6
