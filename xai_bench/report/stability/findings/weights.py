"""How fast explanations go when the weights do, and which stay."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from xai_bench.report.stability.findings.words import estimate, listed
from xai_bench.studies.stability.headline_scores import MEASURE, explaining

__all__ = ["of_weights"]

_HALF = 0.5
_NOTHING = 0.1
"""Similarity below which nothing is left."""


def of_weights(scores: pd.DataFrame, table: pd.DataFrame, model: str) -> Iterator[str]:
    methods = explaining(list(dict.fromkeys(scores["method"])))
    rows = table[(table["measure"] == MEASURE) & (table["given"] == "all")]
    rows = rows[rows["condition"] == "cascade"]
    rows = rows[rows["method"].isin(methods) & rows["mean"].notna()]
    whole = rows[rows["level"] == rows["level"].max()]
    ends = whole.sort_values("mean", kind="stable")
    if ends.empty:
        return
    first = rows["level"].min()
    after = {str(row["method"]): row for _, row in rows[rows["level"] == first].iterrows()}
    curves = [
        f"{row['method']} {_at(after.get(str(row['method'])))} and {_at(row)}"
        for _, row in ends.iterrows()
    ]
    yield (
        f"Similarity of |a| (Spearman) to the trained {model}, after the first {100 * first:.0f} % "
        f"of the layers from the output on are randomised and after all: {listed(curves)}; "
        f"n = {int(ends['n'].min())} recordings. {_speed(rows)}"
    )
    kept = ends[ends["ci_low"] > _NOTHING]
    gone = ends[ends["ci_high"] < _NOTHING]
    if len(kept):
        still = listed([f"{_at(row)} ({row['method']})" for _, row in kept.iterrows()])
        yield (
            f"With no trained layer left in {model}, similarity is still {still}: that much comes "
            f"of the recording and the architecture, not of what was learnt{_gone(gone)}."
        )


def _at(row: pd.Series | None) -> str:
    return "–" if row is None else estimate(row["mean"], row["ci_low"], row["ci_high"])


def _gone(rows: pd.DataFrame) -> str:
    names = listed(list(rows["method"])) if len(rows) else ""
    return f"; less than {_NOTHING:g} is left of {names}" if names else ""


def _speed(rows: pd.DataFrame) -> str:
    """Where each curve first falls below one half."""
    when: dict[str, list[str]] = {}
    for method, curve in rows.sort_values("level").groupby("method", sort=False):
        below = curve[curve["mean"] < _HALF]
        at = f"at {100 * below.iloc[0]['level']:.0f} % of the layers" if len(below) else "never"
        when.setdefault(at, []).append(str(method))
    said = "; ".join(f"{at} ({', '.join(who)})" for at, who in sorted(when.items()))
    return f"It falls below {_HALF:g} {said}."
