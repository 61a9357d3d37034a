"""Concept sensitivity on nets whose slopes are known."""

from __future__ import annotations

import numpy as np
import pytest

from xai_bench.stats.bootstrap import draw_patients
from xai_bench.studies.probe.concept_directions import concept_sensitivity, sensitivity_interval
from xai_bench.studies.probe.layer_features import Features

RNG = np.random.default_rng(1)
F = RNG.normal(size=(80, 4))
W = np.array([2.0, -1.0, 0.0, 0.0])


def _linear() -> Features:
    return Features(values=F, slopes=np.tile(W, (80, 1)))


def test_of_a_linear_net_it_is_the_covariance_of_log_odds_and_concept() -> None:
    concept = F[:, 0] + RNG.normal(size=80)
    found = concept_sensitivity(_linear(), concept, np.random.default_rng(0))
    expected = np.cov(F @ W, concept, bias=True)[0, 1] / concept.std()
    assert found.slopes == pytest.approx(np.full(80, expected))
    assert found.p == 1 / 1000  # no random concept is as far


def test_the_unit_of_a_concept_is_of_no_account() -> None:
    concept = F[:, 0] + RNG.normal(size=80)
    one, other = (
        concept_sensitivity(_linear(), scale * concept - 5, np.random.default_rng(0))
        for scale in (1.0, 1000.0)
    )
    assert one.slopes == pytest.approx(other.slopes)
    assert one.p == other.p


@pytest.mark.slow
def test_p_of_concepts_that_are_nothing_is_even() -> None:
    p = [
        concept_sensitivity(_linear(), RNG.normal(size=80), np.random.default_rng(k)).p
        for k in range(100)
    ]
    assert np.mean(np.array(p) < 0.1) == pytest.approx(0.1, abs=0.08)
    assert np.mean(p) == pytest.approx(0.5, abs=0.08)


def test_recordings_without_the_concept_have_a_slope_and_no_part_in_its_direction() -> None:
    concept = F[:, 1].copy()
    changed = Features(values=F.copy(), slopes=_linear().slopes)
    concept[:10] = np.nan
    changed.values[:10] = 1e6
    found = concept_sensitivity(changed, concept, np.random.default_rng(0))
    some = Features(values=F[10:], slopes=_linear().slopes[10:])
    alone = concept_sensitivity(some, concept[10:], np.random.default_rng(0))
    assert len(found.slopes) == 80
    assert found.slopes[10:] == pytest.approx(alone.slopes)
    assert found.p == alone.p


def test_the_interval_draws_patients_for_the_direction_too() -> None:
    values = F[:, 0] + RNG.normal(size=80)
    values[5] = np.nan
    features = Features(values=F, slopes=W + RNG.normal(size=(80, 4)))
    patients = [f"{i % 30:02d}" for i in range(80)]
    found = []
    for counts in draw_patients(30, 4):
        rows = np.array([i for i in range(80) for _ in range(counts[int(patients[i])])])
        some = Features(values=F[rows], slopes=features.slopes[rows])
        known = rows[~np.isnan(values[rows])]
        c = values[known]
        direction = ((F[known] - F[known].mean(axis=0)).T @ (c - c.mean())) / (len(c) * c.std())
        found.append((some.slopes @ direction).mean())
    expected = np.quantile(found, [0.025, 0.975])
    assert sensitivity_interval(features, values, patients, seed=4) == pytest.approx(expected)
    assert np.isnan(sensitivity_interval(features, values, ["one"] * 80, seed=4)).all()
