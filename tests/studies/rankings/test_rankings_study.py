"""Orders on two data sets: closed forms, and scipy on resamples by hand."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kendalltau, wilcoxon

from tests.results.made_cells import cell
from tests.studies.rankings.orders_of_methods import ordered_cells
from xai_bench.errors import InputError
from xai_bench.results import Cell
from xai_bench.results.verdicts import score_tables
from xai_bench.stats import holm, rank_agreement
from xai_bench.studies.rankings import SCHEMA, rankings
from xai_bench.studies.rankings.method_pairs import PAIRS

BAD = {"auroc": 0.5, "ci_low": 0.4, "ci_high": 0.6, "verdict": "unreliable", "n": 16}


def _row(cells: list[Cell], metric: str = "m") -> pd.Series:
    table = rankings(cells).result.table
    (row,) = table[table["metric"] == metric].to_dict("records")
    return pd.Series(row)


def _both(order: str, other: str) -> list[Cell]:
    return ordered_cells(order, "synthetic") + ordered_cells(other, "ptb")


def test_the_same_order_holds() -> None:
    row = _row(_both("abcde", "abcde"))
    assert tuple(row[["value", "ci_low", "ci_high"]]) == (1, 1, 1)
    assert tuple(row[["halves_first", "halves_second", "halves_between"]]) == (1, 1, 1)
    assert (row["first"], row["second"], row["model"]) == ("synthetic", "ptb", "imn")
    assert tuple(row[["methods", "first_n", "second_n", "n"]]) == (5, 16, 16, 32)
    assert tuple(row[["pairs", "pairs_hold", "pairs_swap"]]) == (10, 10, 0)
    assert row["verdict"] == "holds"


def test_the_opposite_order_changes() -> None:
    row = _row(_both("abcde", "edcba"))
    assert tuple(row[["value", "ci_low", "ci_high"]]) == (-1, -1, -1)
    assert tuple(row[["halves_first", "halves_second", "halves_between"]]) == (1, 1, -1)
    assert tuple(row[["pairs_hold", "pairs_swap"]]) == (0, 10)
    assert row["verdict"] == "changes"


def test_two_neighbours_that_swap_leave_the_rest() -> None:
    found = rankings(_both("abcdef", "abcdfe"))
    row = found.result.table.iloc[0]
    assert row["value"] == pytest.approx(1 - 2 * 2 / 30 * 1)
    assert tuple(row[["pairs_hold", "pairs_swap"]]) == (14, 1)
    assert row["verdict"] == "holds but for swaps"
    (swap,) = found.pairs[found.pairs["verdict"] == "swaps"].to_dict("records")
    assert (swap["method"], swap["other"]) == ("e", "f")
    assert swap["first_difference"] == pytest.approx(-1, abs=0.2)
    assert swap["second_difference"] == pytest.approx(1, abs=0.2)
    assert list(found.pairs.columns) == list(PAIRS)


def test_an_order_of_which_no_pair_is_certain_is_not_known() -> None:
    """Five patients on each side: each p is .0625 at best, though the means are in one order."""
    cells = [
        one for name in ("synthetic", "ptb") for one in ordered_cells("abcd", name, n=5, noise=0.0)
    ]
    row = _row(cells)
    assert row["ci_low"] == 1
    assert (row["pairs_hold"], row["verdict"]) == (0, "not known")


def test_direction_comes_from_the_card() -> None:
    cells = ordered_cells("abcde", "synthetic", better="lower")
    row = _row(cells + ordered_cells("abcde", "ptb", better="lower"))
    assert row["value"] == 1
    lower = rankings(cells + ordered_cells("abcde", "ptb", better="lower")).pairs
    assert (lower["first_difference"] > 0).all(), "the earlier letter is the lower, hence better"


def test_methods_that_tie_on_one_side_count_as_in_tau_b() -> None:
    """On the second data set b, c and d are one but for rounding."""
    first = ordered_cells("abcde", "synthetic", noise=0)
    rounding = {"a": 0.0, "b": 1.0, "c": 1 + 4e-7, "d": 1 - 5e-6, "e": 2.0}
    second = [
        replace(
            cell(name, [level] * 16, dataset="ptb", protocol="v1-ptb"),
        )
        for name, level in rounding.items()
    ]
    row = _row(first + second)
    expected = kendalltau([0, 1, 2, 3, 4], [0, 1, 1, 1, 2]).statistic
    assert row["value"] == pytest.approx(expected)
    assert row["pairs_swap"] == 0
    assert row["pairs_hold"] == 7, "ten pairs, three of them tied"


def test_all_methods_tied_is_said() -> None:
    flat = [cell(name, [1.0] * 16, dataset="ptb", protocol="v1-ptb") for name in "abcde"]
    row = _row(ordered_cells("abcde", "synthetic") + flat)
    assert np.isnan(row["value"])
    assert row["reason"] == "the methods are tied on one of the two"


def test_tau_and_interval_are_those_of_scipy_on_resamples_by_hand() -> None:
    cells = ordered_cells("abcdef", "synthetic", noise=3.0, n=14)
    cells += ordered_cells("acbdfe", "ptb", noise=3.0, n=10)
    row = _row(cells)
    first, second = (
        next(t for t in score_tables(cells) if t.dataset == name).scores
        for name in ("synthetic", "ptb")
    )
    found = kendalltau(first.mean(), second.mean()).statistic
    assert row["value"] == pytest.approx(found)
    rng = np.random.default_rng(1)
    taus = [
        kendalltau(
            first.to_numpy()[rng.integers(0, 14, 14)].mean(axis=0),
            second.to_numpy()[rng.integers(0, 10, 10)].mean(axis=0),
        ).statistic
        for _ in range(1500)
    ]
    low, high = np.quantile(taus, [0.025, 0.975])
    expected = max(-1, min(low, 2 * found - high)), min(1, max(high, 2 * found - low))
    assert tuple(row[["ci_low", "ci_high"]]) == pytest.approx(expected, abs=0.08)


def test_a_swap_wants_both_tests_after_holm_and_both_intervals() -> None:
    cells = ordered_cells("abcd", "synthetic", noise=0.8, n=16)
    cells += ordered_cells("adbc", "ptb", noise=0.8, n=16)
    found = rankings(cells).pairs
    tables = {t.dataset: t.scores for t in score_tables(cells)}
    p = []
    for method, other in combinations("abcd", 2):
        sides = [tables[name][method] - tables[name][other] for name in ("synthetic", "ptb")]
        p.append(max(float(wilcoxon(side).pvalue) for side in sides))
    assert list(zip(found["method"], found["other"], strict=True)) == list(combinations("abcd", 2))
    np.testing.assert_allclose(found["p_holm"], holm(np.array(p)))
    for row in found.to_dict("records"):
        here, there = (
            (tables[name][row["method"]] - tables[name][row["other"]]).mean()
            for name in ("synthetic", "ptb")
        )
        assert (row["first_difference"], row["second_difference"]) == pytest.approx((here, there))
        sure = row["p_holm"] < 0.05 and all(
            row[f"{side}_ci_low"] * row[f"{side}_ci_high"] > 0 for side in ("first", "second")
        )
        same = here * there > 0
        assert row["verdict"] == (("holds" if same else "swaps") if sure else "not known")
    assert set(found["verdict"]) == {"holds", "swaps", "not known"}


def test_means_share_the_resamples_of_their_metrics() -> None:
    """Of one metric and its copy the mean has the interval of one of them."""
    options = {"noise": 3.0, "n": 14}
    cells = [
        one
        for metric in ("m", "copy")
        for dataset, order in (("synthetic", "abcdef"), ("ptb", "acbdfe"))
        for one in ordered_cells(order, dataset, metric=metric, **options)  # type: ignore[arg-type]
    ]
    table = rankings(cells).result.table
    single = table[table["metric"] == "m"].iloc[0]
    means = table[table["metric"] == ""]
    assert list(means["family"]) == ["stability", ""]
    for name in ("value", "ci_low", "ci_high"):
        assert means[name].tolist() == pytest.approx([single[name]] * 2)
    assert (means["metrics"] == 2).all()
    assert (means["verdict"] == "").all()
    assert list(means["pairs"]) == [30, 30]


def test_controls_and_costs_are_in_no_order() -> None:
    cells = _both("abc", "abc")
    for dataset in ("synthetic", "ptb"):
        cells += ordered_cells("abc", dataset, metric="seconds", family="runtime")
        cells.append(cell("random", [9.0] * 16, dataset=dataset, protocol=f"v1-{dataset}"))
        cells.append(cell("a@flipped", [9.0] * 16, dataset=dataset, protocol=f"v1-{dataset}"))
    table = rankings(cells).result.table
    assert set(table["metric"]) == {"m", ""}
    assert (table["methods"] == 3).all()


def test_every_reason_why_there_is_no_tau() -> None:
    def nothing(order: str, dataset: str, **options: str) -> list[Cell]:
        return [
            cell(name, [np.nan] * 16, dataset=dataset, protocol=f"v1-{dataset}", **options)  # type: ignore[arg-type]
            for name in order
        ]

    base = _both("abc", "abc")
    cases = {
        "not scored on ptb": ordered_cells("abc", "synthetic", metric="x"),
        "no scores of 3 methods on ptb: no evidence": [
            *ordered_cells("abc", "synthetic", metric="x"),
            *nothing("abc", "ptb", metric="x"),
        ],
        "fewer than 3 methods have scores on both": [
            *ordered_cells("abcd", "synthetic", metric="x"),
            *ordered_cells("cdef", "ptb", metric="x"),
        ],
        "fewer than 5 patients have scores of all methods": [
            *ordered_cells("abc", "synthetic", metric="x"),
            *ordered_cells("abc", "ptb", metric="x", n=4),
        ],
    }
    for reason, more in cases.items():
        row = _row(base + more, "x")
        assert (row["reason"], row["verdict"]) == (reason, "")
        assert np.isnan(row["value"])
    other = ordered_cells("abc", "ptb", protocol="v2-ptb")
    row = _row(ordered_cells("abc", "synthetic") + other)
    assert row["reason"] == "scored under protocols v1 and v2"


def test_a_method_with_few_scores_does_not_take_recordings_from_the_others() -> None:
    few = [float(k) if k < 7 else np.nan for k in range(16)]
    cells = _both("abcd", "abcd")
    cells += [cell("z", few, dataset=d, protocol=f"v1-{d}") for d in ("synthetic", "ptb")]
    row = _row(cells)
    assert (row["methods"], row["first_n"]) == (4, 16)


def test_models_that_classify_badly_are_compared_and_said_to() -> None:
    cells = ordered_cells("abc", "synthetic") + ordered_cells("abc", "ptb", quality=BAD)
    found = rankings(cells).result
    assert found.table.iloc[0]["value"] == 1
    assert found.facts["quality"]["ptb"]["imn"]["verdict"] == "unreliable"
    assert found.facts["quality"]["ptb"]["imn"]["scored"] == 16
    assert found.facts["quality"]["synthetic"]["imn"]["verdict"] == "unknown"


def test_of_several_protocols_the_one_with_most_recordings_counts() -> None:
    cells = _both("abc", "abc") + ordered_cells("cba", "ptb", n=8, protocol="v1-few")
    found = rankings(cells).result
    assert found.table.iloc[0]["value"] == 1
    (line,) = found.facts["left_out"]
    assert line == "imn on ptb: 8 recordings of protocol v1-few, beside 16 of v1-ptb"


def test_every_two_data_sets_or_those_named() -> None:
    cells = _both("abc", "abc") + ordered_cells("cba", "geo-1a2b3c")
    found = rankings(cells).result
    metrics = found.table[found.table["metric"] == "m"]
    pairs = list(zip(metrics["first"], metrics["second"], strict=True))
    expected = [("synthetic", "geo-1a2b3c"), ("synthetic", "ptb"), ("geo-1a2b3c", "ptb")]
    assert pairs == expected
    named = rankings(cells, ["ptb", "geo"]).result
    assert named.facts["data"] == ["ptb", "geo-1a2b3c"]
    assert set(named.table["value"]) == {-1}
    assert list(named.table.columns) == list(SCHEMA.estimates)
    with pytest.raises(InputError, match="no scores of data 'nowhere'; there are synthetic, geo"):
        rankings(cells, ["ptb", "nowhere"])
    with pytest.raises(InputError, match="rankings need two data sets; there is ptb"):
        rankings(cells, ["ptb"])
    two = [*cells, *ordered_cells("cba", "geo-ffffff")]
    with pytest.raises(InputError, match="several data sets are called 'geo'; there are geo-1a"):
        rankings(two, ["ptb", "geo"])


def test_models_that_no_two_data_sets_share_are_no_comparison() -> None:
    cells = ordered_cells("abc", "synthetic") + ordered_cells("abc", "ptb", model="other")
    with pytest.raises(InputError, match="no model has scores on two of synthetic, ptb; score one"):
        rankings(cells)


def test_it_is_the_agreement_that_reports_show() -> None:
    cells = ordered_cells("abcde", "synthetic", noise=3.0) + ordered_cells(
        "abcde", "ptb", noise=3.0
    )
    first, second = sorted(score_tables(cells), key=lambda t: t.dataset != "synthetic")
    expected = rank_agreement(
        first.scores, second.scores, first.patients, second_patients=second.patients
    )
    assert tuple(_row(cells)[["value", "ci_low", "ci_high"]]) == pytest.approx(expected)
