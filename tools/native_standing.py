"""Where a native explanation is shown to be better than what needs no trained model, in words."""

from __future__ import annotations

import pandas as pd

from xai_bench.report.stability.wording import listed
from xai_bench.results.method_comparison import NOT_ASKED, TOO_FEW

__all__ = ["native_standing"]

_METHOD = "native"
_CONTROLS = ("amplitude", "slope", f"{_METHOD}@untrained")


def native_standing(board: pd.DataFrame, model: str) -> str:
    """A paragraph of Markdown. board: rows of a leaderboard, of one data set and protocol."""
    of_model = board[board["model"] == model]
    there = set(of_model["method"])
    controls = listed([f"`{name}`" for name in _CONTROLS if name in there])
    rows = of_model[(of_model["method"] == _METHOD) & (of_model["status"] == "ok")]
    verdicts = dict(zip(rows["metric"], rows["not_better_than"].fillna(""), strict=True))
    asked = {name: said for name, said in verdicts.items() if said != NOT_ASKED}
    better = [f"`{name}`" for name, said in asked.items() if not said]
    too_few = [f"`{name}`" for name, said in asked.items() if said == TOO_FEW]
    unbeaten: dict[str, list[str]] = {}
    for name, said in asked.items():
        if said not in ("", TOO_FEW):
            unbeaten.setdefault(said, []).append(f"`{name}`")
    first = f"on {listed(better)}" if better else "on none"
    parts = [
        f"By this rule `{_METHOD}` of `{model}` is shown to be better than each of {controls} on "
        f"{len(better)} of {len(asked)} metrics: {first}."
    ]
    for said, names in sorted(unbeaten.items()):
        than = listed([f"`{name}`" for name in said.split("; ")])
        parts.append(f"Not shown to be better than {than}: on {listed(names)}.")
    if too_few:
        parts.append(f"Of too few patients to say: {listed(too_few)}.")
    return " ".join(parts) + "\n"
