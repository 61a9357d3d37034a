"""Quantiles, percentiles and distances against what numbers in a row must give."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.studies.realism.feature_tables import COLUMNS, noise
from xai_bench.studies.realism.feature_comparison import FEWEST, compare


def one_column(values: list[float]) -> pd.DataFrame:
    columns = pd.MultiIndex.from_tuples([("R", "V2")], names=["feature", "lead"])
    return pd.DataFrame({0: values}).set_axis(columns, axis=1)


def test_quantiles_and_percentile() -> None:
    synthetic = one_column([float(k) for k in range(101)])
    real = one_column([60.0, 80.0, 70.0, 70.0, float("nan")])
    row = compare(real, synthetic).iloc[0]
    assert (row["feature"], row["lead"], row["unit"]) == ("R", "V2", "mV")
    assert (row["real_n"], row["made_n"]) == (4, 101)
    assert row["real_q50"] == 70
    assert list(row[["made_q10", "made_q50", "made_q90"]]) == [10, 50, 90]
    # 70 of 101 lie below 70, one is equal.
    assert row["percentile"] == pytest.approx(100 * 70.5 / 101)
    # 60 of 101 lie below the smallest real one, 20 above the largest.
    assert row["ks"] == pytest.approx(60 / 101)


def test_a_feature_that_too_few_have_is_not_compared() -> None:
    few = [1.0] * (FEWEST - 1) + [float("nan")] * 5
    assert compare(one_column(few), one_column([1.0, 2.0, 3.0, 4.0])).empty
    assert len(compare(one_column([*few, 1.0]), one_column([1.0, 2.0, 3.0, 4.0]))) == 1


def test_p_is_adjusted_for_the_number_of_rows() -> None:
    real, synthetic = noise(12, 0, {("PR", ""): 3.0}), noise(80, 1)
    together = compare(real, synthetic).set_index(["feature", "lead"])["p"]
    alone = {
        column: compare(real[[column]], synthetic[[column]])["p"].iloc[0] for column in COLUMNS
    }
    # Benjamini and Hochberg, literally: of the k-th smallest of m, the least p_j m / j for j >= k.
    order = sorted(alone, key=lambda column: alone[column])
    m = len(order)
    for k, column in enumerate(order):
        adjusted = min(alone[order[j]] * m / (j + 1) for j in range(k, m))
        assert together[column] == pytest.approx(min(adjusted, 1.0))
    assert order[0] == ("PR", "")
    assert together["PR", ""] < 0.001


def test_rows_keep_the_order_of_features_and_leads() -> None:
    table = compare(noise(5, 0), noise(6, 1))
    assert list(zip(table["feature"], table["lead"], strict=True)) == COLUMNS
    assert np.isfinite(table[["percentile", "ks", "p"]].to_numpy()).all()
