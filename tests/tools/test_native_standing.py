"""What is said of native is what the leaderboard's column says of it, whichever way it falls."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tests.results.made_cells import cell
from tools.native_standing import native_pairs, native_standing
from xai_bench.results.method_comparison import NOT_ASKED, TOO_FEW
from xai_bench.stats.paired import signed_rank_p

AUDIT = "[the audit](metric_audit/README.md)"
NO_PAIRS = pd.DataFrame(columns=["metric", "model", "first", "second", "recordings", "verdict"])


def _board(*, n: int = 8, **not_better_than: str) -> pd.DataFrame:
    """With n of each metric one less than of the metric before."""
    rows = [
        {"method": "native", "metric": name, "not_better_than": said, "n": n - place}
        for place, (name, said) in enumerate(not_better_than.items())
    ]
    rows += [
        {"method": one, "metric": "a", "not_better_than": "", "n": n} for one in ("amplitude", "ig")
    ]
    return pd.DataFrame(rows).assign(model="net", status="ok")


def _pairs(low: float = 0.1, **p: float) -> pd.DataFrame:
    """Of native and one control, with an interval from `low` to 1."""
    rows = [{"metric": name, "p": one, "ci_low": low, "ci_high": 1.0} for name, one in p.items()]
    return pd.DataFrame(rows, columns=["metric", "p", "ci_low", "ci_high"])


def _said(board: pd.DataFrame, pairs: pd.DataFrame | None = None, **clusters: int) -> str:
    found = _pairs() if pairs is None else pairs
    return native_standing(board, "net", pairs=found, clusters=clusters, replicated=NO_PAIRS)


def test_metrics_are_named_with_n_and_with_what_is_not_beaten_there() -> None:
    board = _board(
        a="",
        b="amplitude",
        c="amplitude; native@untrained",
        d="amplitude",
        e=NOT_ASKED,
        f=TOO_FEW,
    )
    assert _said(board, _pairs(a=0.001, b=0.9, c=0.9, d=0.9, e=0.9, f=1.0)) == (
        "On the reference run alone, of one fold and one training, `native` of `net` is by the "
        "rule of the ° shown to be better than each of `amplitude` on 1 of 5 metrics: on `a` (n = "
        "8). It corrects over the methods of a metric, and not over metrics: after Holm over all 5 "
        "questions (of a metric and a control) 1 of these 1 remain. "
        f"Metrics that ask the same counted once (the clusters of {AUDIT}), that is 1 of 5, and 0 "
        "more in part. Not shown to be better than `amplitude`: on `b` (n = 7); `d` (n = 5). Not "
        "shown to be better than `amplitude` and `native@untrained`: on `c` (n = 6). Of too few "
        "patients to say: `f` (n = 3).\n\n"
        "None of these metrics was replicated on another fold or training.\n"
    )


def test_what_does_not_remain_after_holm_over_all_metrics_is_named() -> None:
    """Of three questions: 0.01 is 0.03, and 0.03 is 0.06; e is not asked and no test."""
    board = _board(a="", b="", c="amplitude", e=NOT_ASKED)
    pairs = _pairs(a=0.01, b=0.03, c=0.5, e=1e-9)
    said = _said(board, pairs)
    assert (
        "after Holm over all 3 questions (of a metric and a control) 1 of these 2 remain, without "
        "`b`." in said
    )
    of_two_controls = pd.concat([pairs, _pairs(a=0.5, b=1e-6)])
    assert "over all 5 questions (of a metric and a control) 0 of these 2" in _said(
        board, of_two_controls
    ), "each control has to be beaten"
    assert "1 of these 2 remain, without `b`" in _said(board, _pairs(a=1e-9, b=0.04, c=0.5))
    assert "0 of these 2 remain" in _said(board, _pairs(low=-0.1, a=1e-9, b=1e-9)), "interval"


def test_pairs_are_of_native_and_each_control_and_a_control_ahead_is_not_beaten() -> None:
    rng = np.random.default_rng(0)
    own, above, below = rng.normal(size=12), rng.normal(1, 1, 12), rng.normal(-1, 1, 12)
    cells = [
        cell("native", list(own)),
        cell("slope", list(own + below)),
        cell("amplitude", list(own + np.abs(above))),
        cell("ig", list(below)),
        cell("native", list(above), model="other"),
        cell("native", list(own[:3]), metric="few"),
        cell("slope", list(below[:3]), metric="few"),
        cell("native", list(own), metric="alone"),
    ]
    pairs = native_pairs(cells, "imn").set_index(["metric", "second"])
    assert sorted(zip(pairs.index, pairs["first"], strict=True)) == [
        (("few", "slope"), "native"),
        (("m", "native"), "amplitude"),
        (("m", "slope"), "native"),
    ]
    assert pairs["p"]["m", "native"] == 1.0, "amplitude is ahead"
    assert pairs["p"]["few", "slope"] == 1.0, "of three patients there is no p"
    expected = signed_rank_p(-below, [f"p{i}" for i in range(12)])
    assert 0 < expected < 0.1
    assert pairs["p"]["m", "slope"] == expected


def test_where_it_is_better_nowhere_that_is_said() -> None:
    assert "on 0 of 1 metrics: on none." in _said(_board(a="slope"))


def test_metrics_that_ask_the_same_count_once() -> None:
    """a and b are one question, answered; c and d one that is answered in part; e is another."""
    board = _board(a="", b="", c="", d="slope", e="slope")
    said = _said(board, None, a=1, b=1, c=2, d=2, e=3)
    assert "on 3 of 5 metrics: " in said
    assert "that is 1 of 3, and 1 more in part." in said


def test_what_holds_on_all_sides_is_counted_among_what_was_replicated() -> None:
    """a holds, b does not, c holds the other way round, d is of another net, e is not better."""
    pairs = pd.DataFrame(
        [
            ("a", "net", "native", "amplitude", "8 7", "holds"),
            ("a", "net", "native", "ig", "8 7", "holds"),
            ("b", "net", "native", "amplitude", "8 8", "undecided"),
            ("c", "net", "amplitude", "native", "8 8", "holds"),
            ("d", "other", "native", "amplitude", "8 8", "holds"),
            ("e", "net", "native", "amplitude", "8 8", "holds"),
        ],
        columns=NO_PAIRS.columns,
    )
    board = _board(a="", b="", c="", d="", e="amplitude")
    said = native_standing(board, "net", pairs=_pairs(), clusters={}, replicated=pairs)
    assert said.endswith(
        "\n\nOf these 4 metrics 3 are replicated on another fold and of another training, against "
        "`amplitude` alone: there `native` is ahead on all sides on 1: on `a` (n = 8, 7 on each "
        "side).\n"
    )
