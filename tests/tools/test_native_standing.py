"""What is said of native is what the leaderboard's column says of it, whichever way it falls."""

from __future__ import annotations

import pandas as pd

from tools.native_standing import native_standing
from xai_bench.results.method_comparison import NOT_ASKED, TOO_FEW


def _board(**not_better_than: str) -> pd.DataFrame:
    rows = [
        {"method": "native", "metric": name, "not_better_than": said}
        for name, said in not_better_than.items()
    ]
    rows += [{"method": one, "metric": "a", "not_better_than": ""} for one in ("amplitude", "ig")]
    return pd.DataFrame(rows).assign(model="net", status="ok")


def test_metrics_are_named_with_what_is_not_beaten_there() -> None:
    said = native_standing(
        _board(
            a="",
            b="amplitude",
            c="amplitude; native@untrained",
            d="amplitude",
            e=NOT_ASKED,
            f=TOO_FEW,
        ),
        "net",
    )
    assert said == (
        "By this rule `native` of `net` is shown to be better than each of `amplitude` on 1 of 5 "
        "metrics: on `a`. Not shown to be better than `amplitude`: on `b` and `d`. Not shown to "
        "be better than `amplitude` and `native@untrained`: on `c`. Of too few patients to say: "
        "`f`.\n"
    )


def test_where_it_is_better_nowhere_that_is_said() -> None:
    assert "on 0 of 1 metrics: on none." in native_standing(_board(a="slope"), "net")
