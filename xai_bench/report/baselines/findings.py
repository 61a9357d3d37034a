"""What a study of baselines found, in sentences made of its table alone."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from xai_bench.report.formats import decimals, span
from xai_bench.report.stability.wording import listed, of_row
from xai_bench.results.study_tables import StudyResult, select
from xai_bench.stats import can_tell_apart, holm
from xai_bench.studies.baselines.study import RECORDING, Baselines
from xai_bench.studies.rankings.method_pairs import pair_verdict
from xai_bench.types import ZERO

__all__ = ["baseline_findings"]

_AS_IT_WAS = 0.9
"""Of the log-odds of recordings: of a baseline with a mean of as much it is said."""


def baseline_findings(found: Baselines) -> list[str]:
    """Of the log-odds that are left, the orders of methods, and maps from other baselines."""
    result = found.result
    return [
        *_left(result),
        *_orders(found),
        *_maps(result),
        *_gains(result),
    ]


def _left(result: StudyResult) -> Iterator[str]:
    rows = select(result.table, measure="log_odds")
    kept: dict[str, list[tuple[float, int]]] = {}
    for (model, of_class), group in rows.groupby(["model", "second"], sort=False):
        found = {row["first"]: row for _, row in group.iterrows() if row["n"]}
        whole = found.pop(RECORDING)
        shown = [_with_n(f"{name} {of_row(row)}", row, whole) for name, row in found.items()]
        yield (
            f"{model}, explained class {of_class}: mean log-odds {of_row(whole)} of the recordings "
            f"(n = {whole['n']}), and of their baselines {listed(shown)}."
        )
        for name, row in found.items():
            kept.setdefault(name, []).append((row["value"] / whole["value"], row["n"]))
    for name, each in kept.items():
        shares, n = zip(*each, strict=True)
        if min(shares) >= _AS_IT_WAS:
            yield (
                f"As far as means say, {name} takes little of a whole recording away: of the mean "
                f"log-odds of the recordings it has {decimals(min(shares))} to "
                f"{decimals(max(shares))} times as much (n = {span(min(n), max(n))} a class and "
                "net; no interval of these ratios)."
            )


def _orders(found: Baselines) -> Iterator[str]:
    rows = select(found.result.table, measure="order")
    rows = rows[rows["value"].notna()]
    for (first, second), group in rows.groupby(["first", "second"], sort=False):
        if first != ZERO:
            continue
        above = int((group["ci_low"] > 0).sum())
        n = span(group["n"].min(), group["n"].max())
        methods = span(group["methods"].min(), group["methods"].max())
        yield (
            f"Orders with {second} in place of zero: τ {decimals(group['value'].min())} to "
            f"{decimals(group['value'].max())}, mean {decimals(group['value'].mean())}, over "
            f"{len(group)} pairs of a metric and a net ({methods} methods, n = {n}); its interval "
            f"is above 0 for {above}. {_certain(group, select(found.pairs, **_places(group)))}"
        )


def _places(group: pd.DataFrame) -> dict[str, str]:
    return {side: str(group[side].iloc[0]) for side in ("first", "second")}


def _certain(orders: pd.DataFrame, pairs: pd.DataFrame) -> str:
    """How many pairs of methods hold and swap, by the correction of each order and by one over all
    of them. pairs: rows of PAIRS of the same two baselines."""
    if not any(map(can_tell_apart, orders["n"], orders["pairs"])):
        return (
            f"With {span(orders['n'].min(), orders['n'].max())} recordings no two methods can be "
            "told apart after Holm: whether any hold or swap is not asked."
        )
    p = holm(np.asarray(pairs[["first_p", "second_p"]].max(axis=1), dtype=np.float64))
    rows = pairs.to_dict("records")
    together = [pair_verdict(row, float(of)) for row, of in zip(rows, p, strict=True)]
    hold, swap = int(orders["pairs_hold"].sum()), int(orders["pairs_swap"].sum())
    swaps = pairs[pairs["verdict"] == "swaps"]
    named = [
        f"{len(of)} by {metric} on {model}"
        for (metric, model), of in swaps.groupby(["metric", "model"], sort=False)
    ]
    return (
        f"Of {len(pairs)} pairs of methods {hold} hold and {swap} swap"
        f"{f' ({listed(named)})' if named else ''}, after Holm over the pairs of a metric and a "
        f"net; after Holm over all {len(pairs)}, {together.count('holds')} and "
        f"{together.count('swaps')}. Of the others it is not known."
    )


def _maps(result: StudyResult) -> Iterator[str]:
    rows = select(result.table, measure="map")
    for (model, method), group in rows.groupby(["model", "method"], sort=False):
        known = group[group["n"] > 0]
        shown = [f"{row['second']} {of_row(row)} (n = {row['n']})" for _, row in known.iterrows()]
        yield (
            f"{model}, Spearman's correlation of the map of {method} from zero with that from "
            f"another baseline: {listed(shown)}."
        )


def _gains(result: StudyResult) -> Iterator[str]:
    rows = select(result.table, measure="gain")
    rows = rows[rows["n"] > 0]
    for (model, method), of_method in rows.groupby(["model", "method"], sort=False):
        own = of_method[of_method["first"] == of_method["second"]]
        usual = of_method[of_method["second"] == ZERO]
        n = span(of_method["n"].min(), of_method["n"].max())
        yield (
            f"{model}, {method} from another baseline against {method} from zero (n = {n}): where "
            f"the metric has that baseline, {_won(own)}; where the metric has zero, {_won(usual)}."
        )


def _won(rows: pd.DataFrame) -> str:
    better, worse = int((rows["ci_low"] > 0.5).sum()), int((rows["ci_high"] < 0.5).sum())
    return (
        f"better in more than half of the recordings for {better} of {len(rows)} pairs of a metric "
        f"and a baseline, worse for {worse}, by the interval"
    )


def _with_n(text: str, row: pd.Series, whole: pd.Series) -> str:
    return text if row["n"] == whole["n"] else f"{text} (n = {row['n']})"
