"""How fast explanations go when the weights do, and which stay."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from xai_bench.report.stability.model_rows import ModelRows, Said, folded, shown
from xai_bench.report.stability.wording import listed, n_of, of_row
from xai_bench.results.study_tables import select

__all__ = ["weight_findings"]

_HALF = 0.5
_NOTHING = 0.1
"""Similarity below which nothing is left."""


def weight_findings(rows: ModelRows) -> Iterator[Said]:
    """Of layers randomised from the output on, one after another."""
    curves = rows.similarities_under("cascade")
    ends = curves[curves["level"] == curves["level"].max()].sort_values("value", kind="stable")
    if ends.empty:
        return
    kept = [
        f"{of_row(row)} ({row['method']})" for _, row in ends[ends["ci_low"] > _NOTHING].iterrows()
    ]
    if kept:
        yield shown(
            f"With no trained layer left in {rows.model}, similarity is still {listed(kept)}; "
            f"n = {n_of(ends)}."
        )
        yield folded(
            f"That much comes of the recording and the architecture of {rows.model}, not of what "
            "was learnt."
        )
    gone = list(ends.loc[ends["ci_high"] < _NOTHING, "method"])
    if gone:
        yield shown(
            f"With no trained layer left in {rows.model}, less than {_NOTHING:g} is left of "
            f"{listed(gone)}; n = {n_of(ends)}."
        )
    yield shown(f"Similarity to the trained {rows.model} is below {_HALF:g} {_speed(curves)}.")
    first = float(curves["level"].min())
    starts = {row["method"]: of_row(row) for _, row in select(curves, level=first).iterrows()}
    both = [
        f"{row['method']} {starts.get(row['method'], '–')} and {of_row(row)}"
        for _, row in ends.iterrows()
    ]
    yield folded(
        f"Similarity of |a| to the trained {rows.model}, after the first {100 * first:.0f} % of "
        f"the layers from the output on are randomised and after all: {listed(both)}."
    )
    draws = (
        "each with random weights of its own"
        if rows.protocol > 1
        else ("all with the same random weights")
    )
    yield folded(f"The recordings of {rows.model} are {n_of(ends)}, {draws}.")


def _speed(curves: pd.DataFrame) -> str:
    """From which share of the layers on the interval of each curve is below one half."""
    since: dict[float, list[str]] = {}
    never: list[str] = []
    for method, curve in curves.sort_values("level").groupby("method", sort=False):
        above = curve[~(curve["ci_high"] < _HALF)]
        below = curve if above.empty else curve[curve["level"] > above["level"].max()]
        if below.empty:
            never.append(str(method))
        else:
            since.setdefault(float(below["level"].min()), []).append(str(method))
    points = [
        f"from {100 * level:.0f} % of the layers on ({', '.join(who)})"
        for level, who in sorted(since.items())
    ]
    points += [f"not by the interval: {', '.join(never)}"] if never else []
    return f"with all of its interval {'; '.join(points)}"
