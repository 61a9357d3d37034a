"""Estimates against plain loops."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from xai_bench.stats import pairs_interval, seeds_interval, share_interval, statistic_interval
from xai_bench.studies.stability.estimates import estimate_table
from xai_bench.studies.stability.schema import SCHEMA

MODELS = {"a": ("a", "a-seed1", "a-seed2"), "a-seed1": ("a-seed1",), "b": ("b", "b-seed1")}
PATIENTS = [f"p{row // 2}" for row in range(20)]


def rows(scores: np.ndarray, *, same: np.ndarray | None = None, **key: object) -> pd.DataFrame:
    """One measure of 20 recordings of ten patients."""
    default = {"question": "input", "model": "a", "method": "m", "against": "", "level": np.nan}
    made = pd.DataFrame({"score": scores, "record_id": [f"r{row}" for row in range(20)]})
    made["patient_id"] = PATIENTS
    made["same_prediction"] = True if same is None else same
    made["reason"] = np.where(np.isnan(scores), "no reason", "")
    named = made.assign(**(default | {"measure": "cosine"} | key))  # type: ignore[arg-type]
    return named[list(SCHEMA.scores)].astype(SCHEMA.scores)


def drawn(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(size=20)


def test_means_over_recordings_and_over_those_with_the_same_prediction() -> None:
    scores, same = drawn(0), drawn(1) > 0.3
    scores[[3, 4]] = np.nan
    both = pd.concat(
        [
            rows(scores, same=same, condition="muscle", level=20.0),
            rows(drawn(2), same=same, condition="muscle", level=20.0, measure="flipped", method=""),
        ]
    )
    table = estimate_table(both, MODELS)
    assert list(table.columns) == list(SCHEMA.estimates)
    assert table["given"].tolist() == ["all", "same prediction", "all"]
    for row, keep in ((0, np.ones(20, bool)), (1, same)):
        known = keep & ~np.isnan(scores)
        found = table.iloc[row]
        patients = [PATIENTS[i] for i in known.nonzero()[0]]
        assert found["value"] == pytest.approx(scores[known].mean())
        expected = statistic_interval(scores[known], patients, "mean")
        assert (found["ci_low"], found["ci_high"]) == pytest.approx(expected)
        assert (found["n"], found["n_failed"]) == (known.sum(), keep.sum() - known.sum())
        assert found["reason"] == "no reason"
    assert table.iloc[2]["reason"] == ""


def test_levels_and_missing_levels_are_told_apart() -> None:
    parts = [
        rows(drawn(seed), condition=condition, level=level)
        for seed, (condition, level) in enumerate(
            [("shift", 1.0), ("shift", 5.0), ("lead swap", np.nan)]
        )
    ]
    table = estimate_table(pd.concat(parts), MODELS)
    every = table[table["given"] == "all"]
    np.testing.assert_allclose(every["value"], [drawn(seed).mean() for seed in range(3)])
    np.testing.assert_array_equal(every["level"], [1, 5, np.nan])


def test_nothing_defined_is_an_estimate_with_a_reason() -> None:
    found = estimate_table(
        rows(np.full(20, np.nan), condition="gain", same=np.zeros(20, bool)), MODELS
    )
    assert len(found) == 1  # nothing has the same prediction
    assert np.isnan(found.iloc[0][["value", "ci_low", "ci_high"]].astype(float)).all()
    assert found.iloc[0][["n", "n_failed", "reason"]].tolist() == [0, 20, "no reason"]


def test_between_seeds_nets_and_patients_are_resampled() -> None:
    seeds, parts = MODELS["a"], []
    square = np.full((3, 3, 20), np.nan)
    for number, (i, k) in enumerate(combinations(range(3), 2)):
        square[i, k] = square[k, i] = drawn(number)
        parts.append(
            rows(
                square[i, k],
                question="initialisations",
                condition="same net",
                against=f"{seeds[i]} / {seeds[k]}",
                same=drawn(10 + number) > 0.2,
            )
        )
    table = estimate_table(pd.concat(parts), MODELS, seed=4)
    everything, same = (
        table[table["given"] == given].iloc[0] for given in ("all", "same prediction")
    )
    assert everything["against"] == ""
    mean, low, high = pairs_interval(square, PATIENTS, 4)
    assert (everything["value"], everything["ci_low"]) == pytest.approx((mean, low))
    assert everything["ci_high"] == pytest.approx(high)
    assert everything["value"] == pytest.approx(np.nanmean(square))
    alike = np.all([drawn(10 + number) > 0.2 for number in range(3)], axis=0)
    assert same["n"] == alike.sum()
    assert same["value"] == pytest.approx(np.nanmean(square[..., alike]))


def test_a_recording_counts_where_every_pair_has_a_score() -> None:
    scores = drawn(0)
    scores[7] = np.nan
    parts = [
        rows(values, question="initialisations", condition="same net", against=f"a / a-seed{seed}")
        for seed, values in ((1, scores), (2, drawn(1)))
    ]
    parts.append(
        rows(
            drawn(2), question="initialisations", condition="same net", against="a-seed1 / a-seed2"
        )
    )
    found = estimate_table(pd.concat(parts), MODELS).iloc[0]
    assert (found["n"], found["n_failed"]) == (19, 1)
    keep = np.arange(20) != 7
    expected = np.mean([values[keep] for values in (scores, drawn(1), drawn(2))])
    assert found["value"] == pytest.approx(expected)


def test_another_net_is_named_by_its_model() -> None:
    """b-seed1 is the rival of number 1 of a; a-seed1 alone is a model of its own."""
    pairs = ["a / b", "a-seed1 / b-seed1"]
    parts = [
        rows(drawn(i), against=pair, question="initialisations", condition="another net")
        for i, pair in ((0, pairs[0]), (1, pairs[1]), (5, "a / a-seed1"))
    ]
    table = estimate_table(pd.concat(parts), MODELS)
    every = table[table["given"] == "all"]
    assert every["against"].tolist() == ["b", "a-seed1"]
    frame = pd.DataFrame({pair: drawn(i) for i, pair in enumerate(pairs)})
    mean, low, high = seeds_interval(frame, PATIENTS)
    np.testing.assert_allclose(
        every.iloc[0][["value", "ci_low", "ci_high"]].astype(float), [mean, low, high]
    )


def test_no_interval_goes_beyond_what_a_measure_can_be() -> None:
    """Three nets of which one has nothing to do with the others: t of two degrees is 4.3."""
    pairs = {"a / a-seed1": 0.9, "a / a-seed2": 0.1, "a-seed1 / a-seed2": 0.1}
    parts = [
        rows(
            np.full(20, level) + 0.01 * drawn(number),
            question="initialisations",
            condition="same net",
            against=pair,
            measure=measure,
        )
        for measure in ("cosine", "top-10%")
        for number, (pair, level) in enumerate(pairs.items())
    ]
    table = estimate_table(pd.concat(parts), MODELS)
    for measure, least in (("cosine", -1.0), ("top-10%", 0.0)):
        (found,) = table[(table["measure"] == measure) & (table["given"] == "all")].to_dict(
            "records"
        )
        assert (found["ci_low"], found["ci_high"]) == (least, 1.0)


@pytest.mark.parametrize("flips", [0, 20, 3])
def test_the_share_of_flipped_predictions_has_an_interval_even_where_none_flips(flips: int) -> None:
    scores = np.zeros(20)
    scores[:flips] = 1.0
    table = estimate_table(
        rows(scores, condition="muscle", level=20.0, measure="flipped", method=""), MODELS
    )
    found = table.iloc[0]
    assert (found["ci_low"], found["ci_high"]) == share_interval(scores, PATIENTS)
    assert found["ci_high"] - found["ci_low"] > 0.1
    assert found["value"] == flips / 20
