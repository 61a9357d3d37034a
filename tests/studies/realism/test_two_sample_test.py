"""A classifier tells apart what differs, and nothing else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.studies.realism.feature_tables import noise, patients
from xai_bench.studies.realism.two_sample_test import two_sample


@pytest.fixture(autouse=True)
def _few_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xai_bench.studies.realism.two_sample_test._TREES", 10)


def test_the_same_distribution_cannot_be_told_apart() -> None:
    test = two_sample(noise(20, 0), noise(60, 1), patients(20, 60))
    assert not test.reason
    for _, row in test.table.iterrows():
        assert row["ci_low"] < 0.62
        assert row["ci_high"] > 0.38


def test_what_differs_is_found_in_its_group_and_by_its_name() -> None:
    real = noise(20, 0, {("residual", "V2"): 3.0, ("residual", "I"): -1.5})
    test = two_sample(real, noise(60, 1), patients(20, 60))
    scores = test.table.set_index(["group", "classifier"])
    assert scores["ci_low"]["beat to beat", "logistic"] > 0.9
    assert scores["ci_low"]["rhythm and intervals", "logistic"] < 0.62
    for classifier in ("logistic", "forest"):
        assert scores["auroc"]["everything", classifier] > 0.9
    first, second = test.weights.iloc[0], test.weights.iloc[1]
    assert (first["feature"], first["lead"]) == ("residual", "V2")
    assert first["weight"] > 0
    assert (second["feature"], second["lead"]) == ("residual", "I")
    assert second["weight"] < 0


def test_missing_values_are_filled_in_and_a_seed_repeats() -> None:
    real, synthetic = noise(12, 0, {("R", "I"): 4.0}), noise(40, 1)
    real.iloc[::4] = np.nan
    first, again = (two_sample(real, synthetic, patients(12, 40), seed=3) for _ in range(2))
    scores = first.table.set_index(["group", "classifier"])
    assert scores["auroc"]["shape", "logistic"] > 0.7
    # A group of which nothing was measured.
    assert scores["features"]["spectrum", "logistic"] == 0
    assert scores["auroc"]["spectrum", "logistic"] == 0.5
    # The same seed, the same numbers.
    assert first.table.equals(again.table)
    assert first.weights.equals(again.weights)


def test_a_patient_is_never_in_training_and_test() -> None:
    # Twenty patients of four equal recordings each: a forest that has seen one knows the others.
    real, synthetic = noise(5, 0), noise(15, 1)
    ids = [f"r{i % 5}" for i in range(20)] + [f"s{i % 15}" for i in range(60)]
    copies = pd.concat([real] * 4), pd.concat([synthetic] * 4)
    test = two_sample(*copies, ids)
    alone = two_sample(*copies, patients(20, 60))
    forest = ("everything", "forest")
    assert alone.table.set_index(["group", "classifier"])["auroc"][forest] > 0.95
    assert test.table.set_index(["group", "classifier"])["auroc"][forest] < 0.8


@pytest.mark.parametrize("real", [0, 4])
def test_too_few_patients_are_a_reason(real: int) -> None:
    test = two_sample(noise(real, 0), noise(20, 1), patients(real, 20))
    assert test.reason == f"a two-sample test wants 5 patients of each kind, there are {real}"
    assert test.table.empty
