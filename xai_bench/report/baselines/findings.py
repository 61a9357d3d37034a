"""What a study of baselines found, in sentences made of its table alone."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from xai_bench.report.formats import decimals, span
from xai_bench.report.stability.wording import listed, of_row
from xai_bench.results.study_tables import StudyResult, select
from xai_bench.studies.baselines.study import RECORDING
from xai_bench.types import ZERO

__all__ = ["baseline_findings"]

_AS_IT_WAS = 0.9
"""Of the log-odds of recordings: a baseline with a mean of as much has taken nothing away."""


def baseline_findings(result: StudyResult) -> list[str]:
    """Of the log-odds that are left, the orders of methods, and maps from other baselines."""
    return [
        *_left(result),
        *_orders(result),
        *_maps(result),
        *_gains(result),
    ]


def _left(result: StudyResult) -> Iterator[str]:
    rows = select(result.table, measure="log_odds")
    kept: dict[str, list[bool]] = {}
    for (model, of_class), group in rows.groupby(["model", "second"], sort=False):
        found = {row["first"]: row for _, row in group.iterrows() if row["n"]}
        whole = found.pop(RECORDING)
        shown = [_with_n(f"{name} {of_row(row)}", row, whole) for name, row in found.items()]
        yield (
            f"{model}, explained class {of_class}: mean log-odds {of_row(whole)} of the recordings "
            f"(n = {whole['n']}), and of their baselines {listed(shown)}."
        )
        for name, row in found.items():
            as_it_was = row["value"] >= _AS_IT_WAS * whole["value"]
            kept.setdefault(name, []).append(bool(as_it_was))
    for name, each in kept.items():
        if all(each):
            yield (
                f"{name} is no baseline for a whole recording: it has at least {_AS_IT_WAS:g} of "
                f"the mean log-odds of the recordings, for every class and net."
            )


def _orders(result: StudyResult) -> Iterator[str]:
    rows = select(result.table, measure="order")
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
            f"is above 0 for {above}. Of {group['pairs'].sum()} pairs of methods "
            f"{group['pairs_hold'].sum()} hold and {group['pairs_swap'].sum()} swap with "
            "certainty; of the others it is not known."
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
