"""What is said of native is what the leaderboard's column says of it, whichever way it falls."""

from __future__ import annotations

import pandas as pd

from tools.native_standing import native_standing
from xai_bench.results.method_comparison import NOT_ASKED, TOO_FEW

AUDIT = "[the audit](docs/metric_audit/README.md)"
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


def _said(board: pd.DataFrame, **clusters: int) -> str:
    return native_standing(board, "net", clusters=clusters, replicated=NO_PAIRS)


def test_metrics_are_named_with_n_and_with_what_is_not_beaten_there() -> None:
    board = _board(
        a="",
        b="amplitude",
        c="amplitude; native@untrained",
        d="amplitude",
        e=NOT_ASKED,
        f=TOO_FEW,
    )
    assert _said(board) == (
        "On the reference run alone, of one fold and one training, `native` of `net` is by this "
        "rule shown to be better than each of `amplitude` on 1 of 5 metrics: on `a` (n = 8). "
        f"Metrics that ask the same counted once (the clusters of {AUDIT}), that is 1 of 5, and 0 "
        "more in part. Not shown to be better than `amplitude`: on `b` (n = 7); `d` (n = 5). Not "
        "shown to be better than `amplitude` and `native@untrained`: on `c` (n = 6). Of too few "
        "patients to say: `f` (n = 3).\n\n"
        "None of these metrics was replicated on another fold or training.\n"
    )


def test_where_it_is_better_nowhere_that_is_said() -> None:
    assert "on 0 of 1 metrics: on none." in _said(_board(a="slope"))


def test_metrics_that_ask_the_same_count_once() -> None:
    """a and b are one question, answered; c and d one that is answered in part; e is another."""
    board = _board(a="", b="", c="", d="slope", e="slope")
    said = _said(board, a=1, b=1, c=2, d=2, e=3)
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
    said = native_standing(board, "net", clusters={}, replicated=pairs)
    assert said.endswith(
        "\n\nOf these 4 metrics 3 are replicated on another fold and of another training, against "
        "`amplitude` alone: there `native` is ahead on all sides on 1: on `a` (n = 8, 7 on each "
        "side).\n"
    )
