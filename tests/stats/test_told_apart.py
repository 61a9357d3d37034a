"""One rule, in both halves, and nowhere a second one."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import xai_bench
from xai_bench.stats import can_tell_apart, compare_pairs, told_apart

NAN = float("nan")


@pytest.mark.parametrize(
    ("p", "low", "high", "apart"),
    [
        (0.01, 0.1, 0.2, True),
        (0.01, -0.2, -0.1, True),
        (0.05, 0.1, 0.2, False),
        (0.01, -0.1, 0.2, False),
        (0.01, 0.0, 0.2, False),
        (0.01, -0.2, 0.0, False),
        (NAN, 0.1, 0.2, False),
        (0.01, NAN, NAN, False),
    ],
)
def test_both_halves_must_agree(p: float, low: float, high: float, apart: bool) -> None:
    assert told_apart(p, low, high) == apart


def test_pairs_are_apart_by_the_adjusted_p_and_the_interval() -> None:
    patients = [f"{i:02}" for i in range(24)]
    rng = np.random.default_rng(0)
    b = rng.normal(size=24)
    a = b + rng.uniform(0.5, 1.0, size=24)
    a[0] -= 16.0
    row = compare_pairs(pd.DataFrame({"a": a, "b": b}), patients, better="higher").iloc[0]
    assert row["p_holm"] < 0.001, "a is above b in all patients but one"
    assert row["ci_low"] < 0 < row["ci_high"], "in that one it is so far below that none knows"
    assert not row["apart"]

    c = b - rng.normal(0.4, 1.0, size=24)
    row = compare_pairs(pd.DataFrame({"b": b, "c": c}), patients, better="higher").iloc[0]
    assert row["p"] < 0.05
    assert row["apart"]
    three = pd.DataFrame({"b": b, "c": c, "d": b + 0.1 * rng.normal(size=24)})
    pairs = compare_pairs(three, patients, better="higher")
    row = pairs[(pairs["first"] == "b") & (pairs["second"] == "c")].iloc[0]
    assert row["p"] < 0.05 < row["p_holm"]
    assert row["ci_low"] > 0, "of a test of three the interval knows nothing"
    assert not row["apart"]
    assert pairs["apart"].dtype == bool


def test_nothing_else_compares_a_p_with_a_level() -> None:
    """Tables, pages and studies ask `told_apart`; what is compared is `p`, never a difference."""
    root = Path(xai_bench.__file__).parent
    wrong = [
        f"{path.relative_to(root)}: {line.strip()}"
        for path in sorted([*root.rglob("*.py"), *root.rglob("*.html")])
        if path.name != "told_apart.py"
        for line in path.read_text(encoding="utf-8").splitlines()
        if not line.strip().startswith('"')  # what a table says of the rule
        and re.search(
            r"""p(_holm)?["']?\]?\s*(<|>|<=|>=)\s*(0?\.05|ALPHA|_ALPHA|SIGNIFICANT)""", line
        )
    ]
    assert wrong == [
        "report/metric_audit/own_p.py: " + _ITS_OWN,
        "report/stability/wording.py: " + _WHICH_HALF,
    ]


_ITS_OWN = 'above = sure[sure["p"] >= ALPHA]'
"""Says beside verdicts by intervals which of them their own p would not give."""
_WHICH_HALF = """return f"{size} reaches 0, {'though ' if pair['p_holm'] < ALPHA else ''}{p}\""""
"""Says which half of the rule failed, after the rule was asked."""


def test_whether_any_scores_of_so_few_patients_can_be_told_apart() -> None:
    for patients in range(5, 12):
        best = pd.DataFrame({"a": np.arange(1.0, patients + 1), "b": np.zeros(patients)})
        (row,) = compare_pairs(best, [f"p{k}" for k in range(patients)], better="higher").to_dict(
            "records"
        )
        for tests in (1, 2, 6, 10, 45):
            assert can_tell_apart(patients, tests) == (row["p"] * tests < 0.05)
