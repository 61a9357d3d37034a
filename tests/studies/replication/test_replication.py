"""Orders on several folds and trainings: closed forms, and every side tested by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import wilcoxon

from tests.studies.replication.scored_folds import fold_cells
from xai_bench.errors import InputError
from xai_bench.results import Cell
from xai_bench.results.verdicts import score_tables
from xai_bench.stats import holm
from xai_bench.studies.replication import SCHEMA, replication


def _rows(cells: list[Cell]) -> dict[tuple[str, str], pd.Series]:
    table = replication(cells).table
    return {(str(r["first"]), str(r["second"])): r for _, r in table.iterrows()}


def _three(first: str, second: str, third: str) -> list[Cell]:
    """Fold 10, fold 9, and another training on fold 10."""
    seed = fold_cells(third, 10, model="imn-seed1")
    return fold_cells(first, 10) + fold_cells(second, 9) + seed


def test_the_same_order_everywhere_holds() -> None:
    found = replication(_three("abc", "abc", "abc"))
    assert list(found.table.columns) == list(SCHEMA.estimates)
    rows = found.table
    assert list(zip(rows["first"], rows["second"], strict=True)) == [
        ("b", "a"), ("c", "a"), ("c", "b"),
    ]  # fmt: skip
    assert (rows["verdict"] == "holds").all()
    assert (rows["orders"] == "+++").all()
    assert tuple(rows.iloc[1][["sides", "apart", "reversed", "n"]]) == (3, 3, 0, 48)
    assert rows.iloc[1]["value"] == pytest.approx(2, abs=0.1)
    names = [side["name"] for side in found.facts["sides"]["imn"]]
    assert names == [
        "imn on fold 10 of synthetic", "imn on fold 9 of synthetic",
        "imn-seed1 on fold 10 of synthetic",
    ]  # fmt: skip


def test_a_pair_that_turns_round_on_one_side_is_reversed_and_named_by_the_common_order() -> None:
    rows = _rows(_three("abc", "acb", "abc"))
    turned = rows["c", "b"]
    assert (turned["verdict"], turned["orders"], turned["reversed"]) == ("reversed", "+-+", 1)
    assert rows["b", "a"]["verdict"] == "holds"


def test_a_pair_that_is_tied_on_one_side_is_undecided() -> None:
    """On fold 9, b and c are one but for rounding."""
    same = [1.0 + 0.1 * k for k in range(16)]
    close = [score + 1e-9 for score in same]
    tied = [
        replace(one, load=_scores(one, {"b": same, "c": close}[one.method]))
        if one.method in "bc"
        else one
        for one in fold_cells("abc", 9)
    ]
    rows = _rows(fold_cells("abc", 10) + tied)
    row = rows["c", "b"]
    assert (row["verdict"], row["orders"], row["apart"]) == ("undecided", "+0", 1)


def _scores(one: Cell, values: list[float]) -> Callable[[], pd.DataFrame]:
    table = one.scores
    assert table is not None
    changed = table.assign(score=values)
    return lambda: changed


def test_a_difference_that_only_all_recordings_together_show() -> None:
    """Of five patients that agree p is .0625 at best, of ten .002."""
    cells = [one for fold in (10, 9) for one in fold_cells("ab", fold, n=5, noise=0.0)]
    row = _rows(cells)["b", "a"]
    assert wilcoxon([1.0] * 5).pvalue == pytest.approx(0.0625)
    assert (row["orders"], row["verdict"]) == ("00", "pooled only")


def test_of_lower_metrics_the_lower_is_ahead() -> None:
    cells = fold_cells("abc", 10, better="lower") + fold_cells("abc", 9, better="lower")
    row = _rows(cells)["a", "b"]
    assert row["verdict"] == "holds"
    assert row["value"] == pytest.approx(1, abs=0.1)


def test_two_trainings_of_one_recording_are_one_patient() -> None:
    """The pooled p is that of patients' means over both trainings, not of twice as many."""
    cells = fold_cells("ab", 10, n=5, noise=0.0)
    cells += fold_cells("ab", 10, n=5, noise=0.0, model="imn-seed1")
    row = _rows(cells)["b", "a"]
    assert row["n"] == 10
    assert row["verdict"] == "not apart", "five patients cannot be told apart at .05"


def test_every_side_is_tested_as_by_hand() -> None:
    cells = fold_cells("abcd", 10, noise=2.0) + fold_cells("abcd", 9, noise=2.0)
    rows = _rows(cells)
    tables = {one.protocol: one.scores for one in score_tables(cells)}
    orders: dict[tuple[str, str], str] = {}
    for protocol in ("v1-fold10", "v1-fold9"):
        pairs = list(combinations("abcd", 2))
        sides = [tables[protocol][b] - tables[protocol][a] for a, b in pairs]
        p = holm(np.array([float(wilcoxon(side).pvalue) for side in sides]))
        for pair, side, one in zip(pairs, sides, p, strict=True):
            sign = "0" if one >= 0.05 else "+" if side.mean() > 0 else "-"
            orders[pair] = orders.get(pair, "") + sign
    turned = str.maketrans("+-", "-+")
    for (first, second), row in rows.items():
        expected = orders.get((second, first)) or orders[first, second].translate(turned)
        assert row["orders"] == expected
    assert len({row["orders"] for row in rows.values()}) > 1


def test_recordings_of_a_pair_are_counted_on_each_side() -> None:
    """On fold 9 four recordings have no score of c."""
    fewer = []
    for one in fold_cells("abc", 9):
        values = [float("nan") if one.method == "c" and k < 4 else k + 1.0 for k in range(16)]
        fewer.append(replace(one, load=_scores(one, values)))
    rows = _rows(fold_cells("abc", 10) + fewer)
    assert rows["b", "a"]["recordings"] == "16 16"
    assert (rows["c", "a"]["recordings"], rows["c", "a"]["n"]) == ("16 12", 28)


def test_controls_are_compared_with_methods_and_not_with_each_other() -> None:
    cells = []
    for fold in (10, 9):
        made = fold_cells("abc", fold)
        names = {"a": "random", "b": "amplitude", "c": "ig-16"}
        cells += [replace(one, method=names[one.method]) for one in made]
    found = replication(cells).table
    pairs = set(zip(found["first"], found["second"], strict=True))
    assert pairs == {("ig-16", "amplitude"), ("ig-16", "random")}


def test_what_a_side_lacks_is_said() -> None:
    cells = fold_cells("abc", 10) + fold_cells("ab", 9)
    cells += fold_cells("abc", 10, metric="x") + fold_cells("abc", 10, model="conv2d")
    cells += fold_cells("ab", 9, n=8, protocol="v1-few")
    found = replication(cells)
    assert found.facts["left_out"] == [
        "imn on fold 9 of synthetic: 8 recordings of protocol v1-few, beside 16 of v1-fold9",
        "conv2d: on fold 10 of synthetic alone",
        "imn: 1 metrics that are not scored on every side: x",
        "imn: c, which has no scores on some side, of every metric",
    ]
    assert set(found.table["metric"]) == {"m"}


def test_one_side_is_an_error() -> None:
    with pytest.raises(InputError, match="two seeds, is wanted; there is imn on fold 10 of synth"):
        replication(fold_cells("abc", 10))


def test_another_training_is_asked_of_trained_nets_alone() -> None:
    with pytest.raises(InputError, match="or of a net that was trained --model NET-seed1"):
        replication(fold_cells("abc", 10))
